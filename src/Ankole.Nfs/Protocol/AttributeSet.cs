namespace Ankole.Nfs;

/// <summary>The attributes this client knows how to ask for or to set, as bits of a <c>bitmap4</c> (RFC 8881, section 5.6).</summary>
[Flags]
internal enum AttributeSet : ulong
{
    None = 0,
    Type = 1UL << 1,
    Change = 1UL << 3,
    Size = 1UL << 4,
    LinkSupport = 1UL << 5,
    FsId = 1UL << 8,
    LeaseTime = 1UL << 10,
    RdAttrError = 1UL << 11,
    FileId = 1UL << 20,
    MaxName = 1UL << 29,
    MaxRead = 1UL << 30,
    MaxWrite = 1UL << 31,
    Mode = 1UL << 33,
    NumLinks = 1UL << 35,
    Owner = 1UL << 36,
    OwnerGroup = 1UL << 37,
    SpaceAvail = 1UL << 42,
    SpaceFree = 1UL << 43,
    SpaceTotal = 1UL << 44,
    TimeModify = 1UL << 53,
    TimeModifySet = 1UL << 54,

    /// <summary>What a listing shows of each entry.</summary>
    Entry = Type | Size | FsId | FileId | Mode | TimeModify,

    /// <summary>What is asked once about an export's root.</summary>
    FileSystem = Type | LinkSupport | FsId | LeaseTime | MaxName | MaxRead | MaxWrite,

    Space = SpaceAvail | SpaceFree | SpaceTotal,
}
