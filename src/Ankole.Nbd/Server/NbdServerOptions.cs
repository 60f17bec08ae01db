namespace Ankole.Nbd;

/// <summary>What a server allows its clients.</summary>
public sealed record NbdServerOptions
{
    /// <summary>Clients served at once; a further one is turned away.</summary>
    public int MaxConnections { get; init; } = 128;

    /// <summary>Requests one connection may have in flight; at this count the server stops reading from it.</summary>
    public int MaxInFlight { get; init; } = 128;

    /// <summary>Payload bytes one connection may have in flight; a single request of up to 32 MiB is always let in.</summary>
    public long MaxInFlightBytes { get; init; } = 64 << 20;

    /// <summary>From connecting to the choice of an export, TLS included.</summary>
    public TimeSpan HandshakeTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a stopping server waits for requests in flight before it drops them.</summary>
    public TimeSpan ShutdownTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Null serves without TLS; otherwise every client has to start TLS before it learns anything.</summary>
    public NbdServerTls? Tls { get; init; }

    /// <summary>Lets a server without TLS listen beyond the loopback interface, where anybody on the way can read and change the data.</summary>
    public bool AllowPlainTcp { get; init; }
}
