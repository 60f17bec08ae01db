namespace Ankole.Nfs;

/// <summary>EXCHANGE_ID's answer (RFC 8881, section 18.35).</summary>
/// <param name="Sequence">The sequence id for the first CREATE_SESSION; without meaning when <see cref="IsConfirmed"/>.</param>
/// <param name="ServerOwner">The same at every address of one server (RFC 8881, section 2.10.5).</param>
internal sealed record ExchangeIdResult(ulong ClientId, uint Sequence, uint Flags, byte[] ServerOwner, string Implementation)
{
    /// <summary><c>EXCHGID4_FLAG_CONFIRMED_R</c>: the server knew this client already.</summary>
    public bool IsConfirmed => (Flags & 0x8000_0000) != 0;
}
