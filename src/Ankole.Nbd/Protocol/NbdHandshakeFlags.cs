namespace Ankole.Nbd;

/// <summary>NBD protocol, "Handshake flags" and "Client flags": both sides use the same two bits.</summary>
[Flags]
internal enum NbdHandshakeFlags : uint
{
    None = 0,
    FixedNewstyle = 1 << 0,
    NoZeroes = 1 << 1,
}
