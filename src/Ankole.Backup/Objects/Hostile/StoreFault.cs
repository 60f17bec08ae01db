namespace Ankole.Backup;

/// <summary>What a <see cref="HostileObjectStore"/> does with one request.</summary>
public enum StoreFault
{
    None,

    /// <summary>Fails as a busy server does (503), without having done anything.</summary>
    Unavailable,

    /// <summary>Does the work, then loses the answer.</summary>
    LostReply,

    /// <summary>Flips one bit in what a get returns or a put stores.</summary>
    FlippedBit,

    /// <summary>A get returns, or a put stores, only the first half; a listing lacks one entry.</summary>
    Truncated,

    /// <summary>A get, stat or listing says that there is nothing.</summary>
    SaysAbsent,

    /// <summary>A listing yields some of its entries and then fails.</summary>
    FailsMidway,

    /// <summary>A listing yields some of its entries and ends as if that were all.</summary>
    EndsEarly,

    /// <summary>A listing shows the store as it was when it was last listed honestly with that prefix.</summary>
    Stale,

    /// <summary>The process dies: this request and every later one throws, and nothing is done any more.</summary>
    Killed,
}

/// <summary>The kinds of request that a fault can be chosen for.</summary>
public enum StoreRequestKind
{
    List,
    ListFolders,
    Stat,
    Get,
    Put,
    PutIfAbsent,
    Delete,
    Commit,
}

/// <summary>One request as a fault plan sees it.</summary>
/// <param name="Key">The key, the listing's prefix, or the first key of a deletion.</param>
/// <param name="Ordinal">Counts all requests of the store from 1.</param>
public readonly record struct StoreRequest(StoreRequestKind Kind, string Key, long Ordinal)
{
    /// <summary>True for what changes the store.</summary>
    public bool IsWrite => Kind is StoreRequestKind.Put or StoreRequestKind.PutIfAbsent or StoreRequestKind.Delete or StoreRequestKind.Commit;
}
