namespace Ankole.Nfs;

/// <summary>The operations this client sends inside a COMPOUND: <c>nfs_opnum4</c> (RFC 8881, section 16.2; numbers from RFC 5662).</summary>
public enum NfsOperation
{
    Access = 3,
    Close = 4,
    Commit = 5,
    Create = 6,
    GetAttr = 9,
    GetFh = 10,
    Link = 11,
    Lookup = 15,
    Open = 18,
    PutFh = 22,
    PutRootFh = 24,
    Read = 25,
    ReadDir = 26,
    Remove = 28,
    Rename = 29,
    RestoreFh = 31,
    SaveFh = 32,
    SetAttr = 34,
    Verify = 37,
    Write = 38,
    BindConnToSession = 41,
    ExchangeId = 42,
    CreateSession = 43,
    DestroySession = 44,
    Sequence = 53,
    DestroyClientId = 57,
    ReclaimComplete = 58,
}
