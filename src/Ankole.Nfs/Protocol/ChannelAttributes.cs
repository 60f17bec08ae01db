namespace Ankole.Nfs;

/// <summary>What both sides agreed to send over a session's channel: <c>channel_attrs4</c> (RFC 8881, section 18.36). Sizes in bytes.</summary>
internal readonly record struct ChannelAttributes(
    uint MaxRequestSize, uint MaxResponseSize, uint MaxResponseSizeCached, uint MaxOperations, uint MaxRequests)
{
    public static ChannelAttributes SmallestBackChannel => new(4096, 4096, 0, 2, 1);

    public static ChannelAttributes Read(ref XdrReader reader)
    {
        reader.ReadUInt32(); // header padding, for RDMA
        var attributes = new ChannelAttributes(
            reader.ReadUInt32(), reader.ReadUInt32(), reader.ReadUInt32(), reader.ReadUInt32(), reader.ReadUInt32());
        for (var depths = reader.ReadCount(1, "RDMA queue depths"); depths > 0; depths--)
            reader.ReadUInt32();
        return attributes;
    }

    public void Write(XdrWriter writer)
    {
        writer.WriteUInt32(0);
        writer.WriteUInt32(MaxRequestSize);
        writer.WriteUInt32(MaxResponseSize);
        writer.WriteUInt32(MaxResponseSizeCached);
        writer.WriteUInt32(MaxOperations);
        writer.WriteUInt32(MaxRequests);
        writer.WriteUInt32(0); // no RDMA
    }
}
