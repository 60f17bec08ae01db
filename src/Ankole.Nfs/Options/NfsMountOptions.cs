using System.Globalization;
using Ankole.Core;

namespace Ankole.Nfs;

/// <summary>
/// What a target URL's <c>nfsOptions=</c> asks for, in the words of <c>mount.nfs</c> (nfs(5)) plus ours: <c>uid</c>, <c>gid</c>, <c>mount=kernel</c>.
/// Null is "not said".
/// </summary>
/// <param name="Timeout">From <c>timeo</c>, which is in tenths of a second.</param>
/// <param name="UseKernelMount"><c>mount=kernel</c>: the caller mounts the export with the kernel's client instead of using this library.</param>
public sealed record NfsMountOptions(
    int? Port = null, TimeSpan? Timeout = null, int? Retransmissions = null, int? ReadBytes = null, int? WriteBytes = null,
    uint? UserId = null, uint? GroupId = null, bool UseKernelMount = false)
{
    /// <summary>What a kernel client does with caches, locks, permissions of the mount and retries of mounting: nothing of it exists here.</summary>
    private static readonly HashSet<string> Meaningless =
    [
        "soft", "softerr", "softreval", "retry", "actimeo", "ac", "noac", "acregmin", "acregmax", "acdirmin", "acdirmax", "lookupcache",
        "lock", "nolock", "local_lock", "cto", "nocto", "fsc", "nofsc", "bg", "fg", "intr", "nointr", "async", "sync", "atime", "noatime",
        "relatime", "diratime", "nodiratime", "rw", "defaults", "auto", "noauto", "user", "nouser", "exec", "noexec", "suid", "nosuid", "dev",
        "nodev", "nconnect", "max_connect", "sharecache", "nosharecache", "resvport", "noresvport", "sloppy", "namlen", "bsize", "migration",
        "nomigration", "rdirplus", "nordirplus", "acl", "noacl", "clientaddr", "_netdev", "x-systemd.automount", "write",
    ];

    /// <summary>Options that have no meaning without a kernel mount, as they were written. Worth a warning by name.</summary>
    public IReadOnlyList<string> Ignored { get; private init; } = [];

    /// <param name="text">Options joined by commas, as <c>vers=4.1,timeo=300,uid=1000</c>. Blank ones are passed over; of several with one name the last counts.</param>
    /// <exception cref="InvalidInputException">Names every option that is refused, and for each what to write instead.</exception>
    public static NfsMountOptions Parse(string text)
    {
        var options = new NfsMountOptions();
        var ignored = new List<string>();
        var mistakes = new List<string>();
        foreach (var option in text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var separator = option.IndexOf('=');
            var name = separator < 0 ? option : option[..separator];
            var value = separator < 0 ? null : option[(separator + 1)..].Trim();
            if (Meaningless.Contains(name))
                ignored.Add(option);
            else if (options.With(name, value) is { } changed)
                options = changed;
            else
                mistakes.Add(Mistake(option, name, value));
        }
        if (mistakes.Count > 0)
            throw new InvalidInputException($"nfsOptions: {string.Join("; ", mistakes)}.");
        return options with { Ignored = ignored };
    }

    /// <summary>These options laid over <paramref name="defaults"/>.</summary>
    public NfsClientOptions ApplyTo(NfsClientOptions defaults) => defaults with
    {
        Port = Port ?? defaults.Port,
        Timeout = Timeout ?? defaults.Timeout,
        Retransmissions = Retransmissions ?? defaults.Retransmissions,
        ReadBytes = ReadBytes ?? defaults.ReadBytes,
        WriteBytes = WriteBytes ?? defaults.WriteBytes,
        Credential = defaults.Credential with { UserId = UserId ?? defaults.Credential.UserId, GroupId = GroupId ?? defaults.Credential.GroupId },
    };

    /// <returns>Null: the option is not to be had.</returns>
    private NfsMountOptions? With(string name, string? value) => name switch
    {
        "vers" or "nfsvers" => value is "4" or "4.1" or "4.2" ? this : null,
        "minorversion" => value is "1" or "2" ? this : null,
        "port" => Number(value, 0, 65535) is { } port ? this with { Port = port == 0 ? null : port } : null,
        "timeo" => Number(value, 1, 36_000) is { } tenths ? this with { Timeout = TimeSpan.FromMilliseconds(tenths * 100) } : null,
        "retrans" => Number(value, 0, 100) is { } times ? this with { Retransmissions = times } : null,
        "rsize" => Number(value, 1, int.MaxValue) is { } bytes ? this with { ReadBytes = Bounded(bytes) } : null,
        "wsize" => Number(value, 1, int.MaxValue) is { } bytes ? this with { WriteBytes = Bounded(bytes) } : null,
        "uid" => Id(value) is { } id ? this with { UserId = id } : null,
        "gid" => Id(value) is { } id ? this with { GroupId = id } : null,
        "sec" => value is "sys" ? this : null,
        "proto" => value is "tcp" or "tcp6" ? this : null,
        "tcp" => value is null ? this : null,
        "mount" => value is "kernel" ? this with { UseKernelMount = true } : value is "none" ? this with { UseKernelMount = false } : null,
        _ => null,
    };

    private static string Mistake(string option, string name, string? value) => (name, value) switch
    {
        ("hard", _) => "'hard' would wait for a dead server for ever; leave it out and set timeo and retrans (soft is how it always works here)",
        ("vers" or "nfsvers" or "minorversion", _) => $"'{option}' is not spoken here; write vers=4.1 or vers=4.2, or use mount=kernel",
        ("sec", _) => $"'{option}' is not supported; write sec=sys and allow it in the server's export, or use mount=kernel",
        ("proto" or "udp" or "rdma", _) => $"'{option}' is not possible with NFSv4.1 here; write proto=tcp or leave it out",
        ("ro", _) => "'ro' leaves nothing to back up to; leave it out",
        ("mount", _) => $"'{option}' is unknown; write mount=kernel for a kernel mount, or leave it out",
        ("timeo", _) => $"'{option}' is not a time limit; write tenths of a second, 1 to 36000, as timeo=300 for 30 s",
        ("retrans", _) => $"'{option}' is not a number of repetitions; write retrans=0 to retrans=100",
        ("port", _) => $"'{option}' is not a port; write port=1 to port=65535 (2049 is NFS)",
        ("rsize" or "wsize", _) => $"'{option}' is not a size; write plain bytes, as {name}=1048576",
        ("uid" or "gid", _) => $"'{option}' is not a numeric id; write it as {name}=1000",
        (_, null) => $"'{option}' is unknown; leave it out, or use mount=kernel to hand every option to the kernel",
        _ => $"'{name}' is unknown; leave it out, or use mount=kernel to hand every option to the kernel",
    };

    private static int? Number(string? value, int min, int max) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= min && number <= max ? number : null;

    private static uint? Id(string? value) => uint.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : null;

    /// <summary>As mount.nfs: rounded down to a multiple of 1024 (4096 at least), and never more than can be used.</summary>
    private static int Bounded(int bytes) => Math.Clamp(bytes / 1024 * 1024, NfsClientOptions.MinTransferBytes, NfsClientOptions.MaxTransferBytes);
}
