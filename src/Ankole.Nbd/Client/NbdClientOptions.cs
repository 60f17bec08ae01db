namespace Ankole.Nbd;

/// <summary>How a client talks to a server.</summary>
public sealed record NbdClientOptions
{
    /// <summary>Connections to open where the server says that several see the same device; otherwise one is used.</summary>
    public int Connections { get; init; } = 4;

    /// <summary>Requests one connection may have in flight; a further one waits.</summary>
    public int MaxInFlight { get; init; } = 64;

    /// <summary>From connecting to the end of the handshake, for each connection.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>A server that leaves a request unanswered for longer is given up, with everything that was asked of it.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>Metadata contexts to ask for beside <c>base:allocation</c>, as <c>ankole:changed:SNAPSHOT</c> or <c>qemu:dirty-bitmap:NAME</c>.</summary>
    public IReadOnlyList<string> Contexts { get; init; } = [];

    /// <summary>Used where the URI asks for TLS; null trusts the authorities of the system and sends no certificate.</summary>
    public NbdClientTls? Tls { get; init; }

    /// <summary>The richest replies to ask for; extents need more than simple ones.</summary>
    internal NbdReplyStyle MaxStyle { get; init; } = NbdReplyStyle.Extended;
}
