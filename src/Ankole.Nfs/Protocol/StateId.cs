namespace Ankole.Nfs;

/// <summary>A handle of open state: a counter and twelve opaque bytes (RFC 8881, section 8.2).</summary>
internal readonly record struct StateId(uint Sequence, ulong OtherHigh, uint OtherLow)
{
    /// <summary>"No open": the server checks permission at the request itself (RFC 8881, section 8.2.3, all zeros).</summary>
    public static StateId Anonymous => default;

    /// <summary>The one that an operation earlier in the same COMPOUND has set (RFC 8881, section 16.2.3.1.2).</summary>
    public static StateId Current => new(1, 0, 0);

    public static StateId Read(ref XdrReader reader) => new(reader.ReadUInt32(), reader.ReadUInt64(), reader.ReadUInt32());

    public void Write(XdrWriter writer)
    {
        writer.WriteUInt32(Sequence);
        writer.WriteUInt64(OtherHigh);
        writer.WriteUInt32(OtherLow);
    }
}
