using Ankole.Core;

namespace Ankole.Backup;

/// <summary>Why one attempt failed, decided where the cause is known.</summary>
/// <param name="Reason">Completes the sentence "cannot write 'KEY': …" with what a person can do about it; no full stop at the end.</param>
/// <param name="IsTransient">The same attempt may succeed later without anybody's help.</param>
internal sealed record RequestFailure(ErrorKind Kind, string Reason, bool IsTransient)
{
    /// <summary>The server asks for fewer requests.</summary>
    public bool IsSlowDown { get; init; }

    /// <summary>A server said so, not the way to it: somebody is there.</summary>
    public bool IsAnswer { get; init; }

    public static RequestFailure Transient(string reason) => new(ErrorKind.Unavailable, reason, IsTransient: true);

    public static RequestFailure Final(ErrorKind kind, string reason) => new(kind, reason, IsTransient: false);
}
