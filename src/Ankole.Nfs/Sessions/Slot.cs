namespace Ankole.Nfs;

/// <summary>One place for a request in flight (RFC 8881, section 2.10.6.1). Used by one request at a time.</summary>
internal sealed class Slot(uint id)
{
    public uint Id { get; } = id;

    /// <summary>What the next new request on this slot is numbered. A repetition keeps its number, so the server knows it for one.</summary>
    public uint Sequence { get; private set; } = 1;

    /// <summary>
    /// True when a request was given up without an answer: whether the server has used up <see cref="Sequence"/> must be asked before the
    /// slot is used again.
    /// </summary>
    public bool IsUncertain { get; set; }

    /// <summary>The server has carried out the request numbered <see cref="Sequence"/>.</summary>
    public void Advance()
    {
        Sequence = unchecked(Sequence + 1);
        IsUncertain = false;
    }
}
