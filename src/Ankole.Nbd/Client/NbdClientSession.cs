namespace Ankole.Nbd;

/// <summary>What a client and a server settled in the handshake.</summary>
/// <param name="MinimumBlockSize">1 where the server named none.</param>
/// <param name="MaximumPayload">32 MiB where the server named none or more.</param>
/// <param name="ContextIds">The selected metadata contexts, id by name.</param>
internal sealed record NbdClientSession(
    Stream Stream, long SizeBytes, NbdTransmissionFlags Flags, NbdReplyStyle Style, int MinimumBlockSize, int PreferredBlockSize,
    int MaximumPayload, IReadOnlyDictionary<string, uint> ContextIds)
{
    public bool Has(NbdTransmissionFlags flag) => (Flags & flag) != 0;
}
