using System.Net;

namespace Ankole.Server;

/// <summary>What a person configured of the daemon, on its command line.</summary>
public sealed record ServerOptions
{
    /// <summary>7420 to 7429 are assigned to nobody (IANA); 10809 beside it is NBD's.</summary>
    public const int DefaultPort = 7420;

    /// <summary>Holds everything: resources, replicas, the token, the keys.</summary>
    public required string DataFolder { get; init; }

    /// <summary>Beyond loopback only with TLS. Port 0: any free one.</summary>
    public IPEndPoint Listen { get; init; } = new(IPAddress.Loopback, DefaultPort);

    /// <summary>PEM files; both or neither.</summary>
    public string? TlsCertificate { get; init; }

    public string? TlsKey { get; init; }

    /// <summary>Null: the host's, at the first start.</summary>
    public string? NodeName { get; init; }

    /// <summary>The URL of the default backup target at the first start; null: it has none until somebody gives it one.</summary>
    public string? DefaultTarget { get; init; }

    public LogFormat LogFormat { get; init; }

    /// <summary>The service manager's socket (<c>NOTIFY_SOCKET</c>); null: none.</summary>
    public string? NotifySocket { get; init; }

    /// <summary>Largest request that is taken, as in a Kubernetes API server.</summary>
    public int MaxRequestBytes { get; init; } = 3 << 20;

    /// <summary>True: only the API, and nobody makes the resources true. For tests of the API.</summary>
    public bool WithoutControllers { get; init; }
}

public enum LogFormat
{
    Text,
    Json,

    /// <summary>With the priority that journald takes from each line's beginning.</summary>
    Systemd,
}
