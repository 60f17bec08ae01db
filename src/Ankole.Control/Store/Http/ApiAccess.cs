namespace Ankole.Control;

/// <summary>Where an API server is and what it takes to be let in. Its text form never shows the token.</summary>
/// <param name="Address">As <c>http://127.0.0.1:9500</c>; a path in it is kept in front of every request's.</param>
public sealed record ApiAccess(Uri Address)
{
    /// <summary>The bearer token; null: requests carry none.</summary>
    public string? Token { get; init; }

    /// <summary>A PEM file with the authorities that may sign the server's certificate; null: those of the system.</summary>
    public string? AuthorityFile { get; init; }

    /// <summary>How long one request, other than a watch, may take.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long a watch tries to come back to a server that cannot be reached; infinite: until it is cancelled.</summary>
    public TimeSpan ReconnectPatience { get; init; } = Timeout.InfiniteTimeSpan;

    /// <summary>What a person can do when nothing listens at the address: one sentence, or empty.</summary>
    public string StartHint { get; init; } = "";

    public override string ToString() => Address.GetLeftPart(UriPartial.Path).TrimEnd('/');
}
