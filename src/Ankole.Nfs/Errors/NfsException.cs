using Ankole.Core;

namespace Ankole.Nfs;

/// <summary>An NFS server, or the way to it, that did not do what it was asked. The message names the server and path and says what to do.</summary>
/// <param name="status">What the server answered; <see cref="NfsStatus.Ok"/> when it gave no answer of its own.</param>
/// <param name="isTransient">True when the same request may succeed later without anybody's help.</param>
public sealed class NfsException(
    ErrorKind kind, string message, NfsStatus status = NfsStatus.Ok, bool isTransient = false, Exception? innerException = null)
    : AnkoleException(kind, message, innerException)
{
    public NfsStatus Status { get; } = status;

    public bool IsTransient { get; } = isTransient;
}
