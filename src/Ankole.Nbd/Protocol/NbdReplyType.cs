namespace Ankole.Nbd;

/// <summary>NBD protocol, "Structured reply types". Error chunks have bit 15 set.</summary>
internal enum NbdReplyType : ushort
{
    None = 0,
    OffsetData = 1,
    OffsetHole = 2,
    BlockStatus = 5,
    BlockStatusExt = 6,
    Error = 0x8001,
    ErrorOffset = 0x8002,
}
