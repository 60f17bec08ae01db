using Ankole.Backup;
using Ankole.Cli.Api;
using Ankole.Control;
using Ankole.Core;

namespace Ankole.Cli.Volumes;

/// <summary>A backup as people name it: a Backup resource, or the URL that the backupstore knows it by.</summary>
internal static class BackupReference
{
    /// <exception cref="AnkoleException">There is no such backup, or it is not completed.</exception>
    public static async Task<string> UrlOfAsync(ServerSession server, string given, CancellationToken cancellationToken)
    {
        if (given.Contains("://", StringComparison.Ordinal))
            return BackupUrl.Parse(given) is { Backup: not null } url
                ? url.ToString()
                : throw new InvalidInputException($"'{given}' names no backup: write TARGET?backup=NAME&volume=NAME.");
        var backup = await server.RequireAsync(Kinds.Backup, given, cancellationToken);
        return backup.Status.Url.Length > 0
            ? backup.Status.Url
            : throw new AnkoleException(ErrorKind.Refused, $"backup '{given}' cannot be restored: it is {(backup.Status.State.Length == 0 ? "not begun yet" : backup.Status.State)}. {backup.Status.Error}".TrimEnd());
    }
}
