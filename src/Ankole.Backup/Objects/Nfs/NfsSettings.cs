using Ankole.Core;
using Ankole.Nfs;

namespace Ankole.Backup;

/// <summary>What a target's URL says about an NFS store. The whole path is walked on the server, as Longhorn mounts the whole of it.</summary>
/// <param name="Notes">Options of the URL that have no effect, in whole sentences.</param>
internal sealed record NfsSettings(string DisplayName, NfsClientOptions Client, IReadOnlyList<string> Notes)
{
    /// <exception cref="InvalidInputException">An option is refused, or asks for a kernel mount.</exception>
    public static NfsSettings From(NfsTargetUrl target, ObjectStoreOptions options)
    {
        var asked = NfsMountOptions.Parse(string.Join(',', target.Options));
        if (asked.UseKernelMount)
            throw new InvalidInputException(
                $"{target} asks for a kernel mount (mount=kernel), which takes root and is left to the system: mount -t nfs4 -o soft,timeo=300 " +
                $"{target.Server}:{target.Path} /mnt/backups, and use file:///mnt/backups. Leave mount=kernel out to use the NFS client that is built in.");
        var client = asked.ApplyTo(new NfsClientOptions
        {
            Server = target.Server.Trim('[', ']'),
            ExportPath = target.Path,
            Timeout = options.AttemptTimeout,
            ConnectTimeout = options.ConnectTimeout,
            TimeProvider = options.Time,
        });
        return new NfsSettings(target.ToString(), client, NotesOn(asked.Ignored));
    }

    private static IReadOnlyList<string> NotesOn(IReadOnlyList<string> ignored) => ignored.Count == 0
        ? []
        : [$"nfsOptions: {string.Join(", ", ignored.Select(option => $"'{option}'"))} {(ignored.Count == 1 ? "has" : "have")} no effect without a kernel mount."];
}
