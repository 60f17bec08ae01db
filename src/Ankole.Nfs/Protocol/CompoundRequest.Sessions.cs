namespace Ankole.Nfs;

/// <summary>The operations that make, keep and end a client id and its session.</summary>
internal sealed partial class CompoundRequest
{
    private const uint UseNonPnfs = 0x0001_0000;

    /// <summary>18.35, without state protection (SP4_NONE).</summary>
    public CompoundRequest ExchangeId(ReadOnlySpan<byte> ownerId, ulong verifier, string implementation)
    {
        Begin(NfsOperation.ExchangeId);
        Writer.WriteUInt64(verifier);
        Writer.WriteOpaque(ownerId);
        Writer.WriteUInt32(UseNonPnfs);
        Writer.WriteUInt32(0); // SP4_NONE
        Writer.WriteUInt32(1); // one nfs_impl_id4
        Writer.WriteString("ankole.io"); // the implementor's domain; Linux's server refuses an empty one (NFS4ERR_BADXDR)
        Writer.WriteString(implementation);
        Writer.WriteInt64(0);
        Writer.WriteUInt32(0);
        return this;
    }

    /// <summary>18.36, without a back channel: no delegation is ever wanted, so there is nothing to call back for.</summary>
    public CompoundRequest CreateSession(ulong clientId, uint sequence, in ChannelAttributes fore)
    {
        Begin(NfsOperation.CreateSession);
        Writer.WriteUInt64(clientId);
        Writer.WriteUInt32(sequence);
        Writer.WriteUInt32(0); // flags
        fore.Write(Writer);
        ChannelAttributes.SmallestBackChannel.Write(Writer);
        Writer.WriteUInt32(0x4000_0000); // callback program: a number from the transient range
        Writer.WriteUInt32(1); // one callback_sec_parms4
        Writer.WriteUInt32(0); // AUTH_NONE
        return this;
    }

    /// <summary>18.34</summary>
    public CompoundRequest BindConnToSession(SessionId session)
    {
        Begin(NfsOperation.BindConnToSession);
        Writer.WriteFixed(session.Bytes);
        Writer.WriteUInt32(1); // CDFC4_FORE
        Writer.WriteBool(false);
        return this;
    }

    /// <summary>18.51: there is nothing to reclaim.</summary>
    public CompoundRequest ReclaimComplete()
    {
        Begin(NfsOperation.ReclaimComplete);
        Writer.WriteBool(false); // for every file system
        return this;
    }

    /// <summary>18.37</summary>
    public CompoundRequest DestroySession(SessionId session)
    {
        Begin(NfsOperation.DestroySession);
        Writer.WriteFixed(session.Bytes);
        return this;
    }

    /// <summary>18.50</summary>
    public CompoundRequest DestroyClientId(ulong clientId)
    {
        Begin(NfsOperation.DestroyClientId);
        Writer.WriteUInt64(clientId);
        return this;
    }
}
