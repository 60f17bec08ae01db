namespace Ankole.Core;

/// <summary>The root of every error that a person should read. Its message names the thing, the value and the fix, and never holds a secret.</summary>
public class AnkoleException(ErrorKind kind, string message, Exception? innerException = null) : Exception(message, innerException)
{
    /// <summary>ENOSPC of errno(3); .NET keeps the error number of a failed system call in <see cref="Exception.HResult"/>.</summary>
    private const int ENOSPC = 28;

    public ErrorKind Kind { get; } = kind;

    /// <summary>True when it failed because storage is full.</summary>
    public virtual bool IsOutOfSpace => IsOutOfSpaceError(InnerException);

    public static bool IsOutOfSpaceError(Exception? exception) => exception is IOException { HResult: ENOSPC } or AnkoleException { IsOutOfSpace: true };
}

/// <summary>The request is wrong; nothing was changed.</summary>
public sealed class InvalidInputException(string message, Exception? innerException = null)
    : AnkoleException(ErrorKind.InvalidInput, message, innerException);
