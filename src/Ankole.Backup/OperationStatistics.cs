namespace Ankole.Backup;

/// <summary>What an operation did and what it cost.</summary>
public sealed record OperationStatistics
{
    /// <summary>Volume bytes read from the source.</summary>
    public long BytesRead { get; init; }

    /// <summary>Volume bytes that went through the checksum.</summary>
    public long BytesHashed { get; init; }

    /// <summary>Packed bytes of blocks put into the store.</summary>
    public long BytesSent { get; init; }

    /// <summary>Packed bytes of blocks fetched from the store.</summary>
    public long BytesFetched { get; init; }

    /// <summary>Volume bytes written to the destination.</summary>
    public long BytesWritten { get; init; }

    /// <summary>Blocks that the store did not have.</summary>
    public long BlocksNew { get; init; }

    /// <summary>Blocks that were there and were sent again (mode full, or a damaged file).</summary>
    public long BlocksReplaced { get; init; }

    /// <summary>Blocks looked at that the store had already, or that this operation had sent for another offset.</summary>
    public long BlocksKnown { get; init; }

    /// <summary>Blocks looked at that were all zeros.</summary>
    public long BlocksZero { get; init; }

    /// <summary>Blocks taken over from the base without being looked at.</summary>
    public long BlocksInherited { get; init; }

    /// <summary>Blocks fetched from the store.</summary>
    public long BlocksFetched { get; init; }

    public RequestCounts Requests { get; init; }

    public TimeSpan Elapsed { get; init; }
}
