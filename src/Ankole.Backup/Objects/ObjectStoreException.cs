using Ankole.Core;

namespace Ankole.Backup;

/// <summary>A store that could not do what it was asked. <see cref="AnkoleException.Kind"/> says what a caller can do about it.</summary>
/// <param name="isTransient">True when the same request may succeed later without anybody's help (connection lost, 503, time-out).</param>
public sealed class ObjectStoreException(ErrorKind kind, string message, bool isTransient = false, Exception? innerException = null)
    : AnkoleException(kind, message, innerException)
{
    public bool IsTransient { get; } = isTransient;

    /// <summary>Only the lock could not be written: reading may work all the same, for whoever is sure that nobody deletes meanwhile.</summary>
    public bool IsOfLock { get; init; }

    /// <summary>An object longer than its reader allows.</summary>
    internal static ObjectStoreException TooLong(string key, long length, int maxBytes) =>
        new(ErrorKind.Damaged, $"'{key}' has {length} bytes; at most {maxBytes} are expected there.");
}
