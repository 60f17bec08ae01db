namespace Ankole.Nbd;

/// <summary>What a handshake settled.</summary>
/// <param name="Contexts">The selected metadata contexts with the ids the client knows them by; empty when it selected none for this export.</param>
internal sealed record NbdSession(NbdExport Export, NbdReplyStyle Style, IReadOnlyList<(uint Id, MetaContext Context)> Contexts)
{
    public bool IsExtended => Style == NbdReplyStyle.Extended;
}
