namespace Ankole.Nfs.Tests;

/// <summary>What <see cref="FakeServer"/> does wrong with one call.</summary>
internal sealed record Fault
{
    public static Fault None { get; } = new();

    /// <summary>Closes the connection without carrying the call out.</summary>
    public static Fault CloseBefore { get; } = new() { ClosesBefore = true };

    /// <summary>Carries the call out and closes the connection instead of answering.</summary>
    public static Fault CloseAfter { get; } = new() { ReplyBytes = 0 };

    /// <summary>Carries the call out, then sends so many bytes of the answer and closes the connection.</summary>
    public static Fault CloseAfterBytes(int bytes) => new() { ReplyBytes = bytes };

    /// <summary>Carries the call out and answers under another xid.</summary>
    public static Fault WrongXid { get; } = new() { HasWrongXid = true };

    /// <summary>Sends these bytes instead of an answer.</summary>
    public static Fault Garbage(params byte[] bytes) => new() { Bytes = bytes };

    public static Fault Delay(TimeSpan delay) => new() { Pause = delay };

    /// <summary>Answers this operation with this status, and carries out only what is before it.</summary>
    public static Fault Status(NfsOperation operation, NfsStatus status) => new() { FailingOperation = operation, FailingStatus = status };

    public bool ClosesBefore { get; private init; }

    public int? ReplyBytes { get; private init; }

    public bool HasWrongXid { get; private init; }

    public byte[]? Bytes { get; private init; }

    public TimeSpan Pause { get; init; }

    public NfsOperation? FailingOperation { get; private init; }

    public NfsStatus FailingStatus { get; private init; }
}
