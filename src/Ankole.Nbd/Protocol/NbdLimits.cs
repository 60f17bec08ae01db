namespace Ankole.Nbd;

/// <summary>Sizes that the protocol names, and bounds on what a stranger may make us hold.</summary>
internal static class NbdLimits
{
    /// <summary>Bytes of one read or write: the size that every peer must be ready for (NBD protocol, "Size constraints").</summary>
    public const int MaxPayload = 32 << 20;

    /// <summary>Bytes of one string: export names, messages, queries.</summary>
    public const int MaxString = 4096;

    /// <summary>Bytes of one option's data that are looked at; a name and dozens of queries fit.</summary>
    public const int MaxOptionData = 64 << 10;

    /// <summary>A longer option is an attack, not a request: the session ends instead of reading it away.</summary>
    public const int MaxSkippedOptionData = 1 << 20;

    /// <summary>Options one session may send before it has to be done.</summary>
    public const int MaxOptions = 1024;

    /// <summary>Metadata contexts one connection may select.</summary>
    public const int MaxSelectedContexts = 16;

    /// <summary>Descriptors in one reply per context: 16 bytes each, so a chunk stays within 1 MiB. The protocol allows 2^20.</summary>
    public const int MaxExtentsPerReply = 64 << 10;

    /// <summary>The port IANA gave to NBD.</summary>
    public const int DefaultPort = 10809;
}
