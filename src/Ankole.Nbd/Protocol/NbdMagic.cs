namespace Ankole.Nbd;

/// <summary>The magic numbers of the NBD protocol, all sent big-endian.</summary>
internal static class NbdMagic
{
    /// <summary><c>NBDMAGIC</c>, the first eight bytes a server sends.</summary>
    public const ulong Greeting = 0x4e42444d41474943;

    /// <summary><c>IHAVEOPT</c>: announces newstyle, and starts every option.</summary>
    public const ulong Option = 0x49484156454F5054;

    /// <summary>What follows the greeting of an oldstyle server.</summary>
    public const ulong Oldstyle = 0x00420281861253;

    public const ulong OptionReply = 0x0003e889045565a9;

    public const uint Request = 0x25609513;
    public const uint ExtendedRequest = 0x21e41c71;
    public const uint SimpleReply = 0x67446698;
    public const uint StructuredReply = 0x668e33ef;
    public const uint ExtendedReply = 0x6e8a278c;
}
