namespace Ankole.Nfs;

/// <summary>Reads a COMPOUND's results in the order of its operations. Each member checks that the result is of that operation and a success.</summary>
/// <exception cref="NfsProtocolException">Thrown by every member when the bytes say something else or end early.</exception>
internal ref struct CompoundReader(ReadOnlySpan<byte> results)
{
    private const int MaxOpaque = 1024;

    private XdrReader xdr = new(results);
    private int operationsRead;

    /// <summary>The result of an operation that has no more than its status.</summary>
    public void Plain(NfsOperation operation)
    {
        if (Next(operation) is var status and not NfsStatus.Ok)
            throw new NfsProtocolException($"{operation} failed with {status} inside an answer that claims success");
    }

    /// <summary>Operation and status of the next result; after any status but OK nothing more can be read.</summary>
    public NfsStatus Next(NfsOperation expected)
    {
        var operation = (NfsOperation)xdr.ReadUInt32();
        if (operation != expected)
            throw new NfsProtocolException($"the server answered operation {operation} where {expected} was asked");
        operationsRead++;
        return (NfsStatus)xdr.ReadUInt32();
    }

    /// <summary>True when the next result is the one that failed, or there is none: nothing more is to be read.</summary>
    public readonly bool IsAtFailure(CompoundReply reply) =>
        operationsRead >= reply.Count || (reply.Status != NfsStatus.Ok && operationsRead == reply.Count - 1);

    /// <summary>Past any number of LOOKUPs: the walk to a path's directory, whose length the request knew.</summary>
    public void Walk()
    {
        while (xdr.PeekUInt32() == (uint)NfsOperation.Lookup)
            Plain(NfsOperation.Lookup);
    }

    /// <summary>As <see cref="Walk"/>, but stops before the operation that failed.</summary>
    public void WalkUpToFailure(CompoundReply reply)
    {
        while (!IsAtFailure(reply) && xdr.PeekUInt32() == (uint)NfsOperation.Lookup)
            Plain(NfsOperation.Lookup);
    }

    public SequenceResult SequenceBody()
    {
        var session = SessionId.Read(ref xdr);
        return new SequenceResult(session, xdr.ReadUInt32(), xdr.ReadUInt32(), xdr.ReadUInt32(), xdr.ReadUInt32(), xdr.ReadUInt32());
    }

    /// <summary>Past the SEQUENCE that opens every answer inside a session.</summary>
    public void Sequence()
    {
        Plain(NfsOperation.Sequence);
        SequenceBody();
    }

    public FileHandle GetFh()
    {
        Plain(NfsOperation.GetFh);
        return new FileHandle(xdr.ReadOpaque(FileHandle.MaxBytes).ToArray());
    }

    public NfsAttributes GetAttr()
    {
        Plain(NfsOperation.GetAttr);
        return NfsAttributes.Read(ref xdr);
    }

    /// <summary>The rights that the server grants, out of those it was asked about.</summary>
    public (uint Supported, uint Granted) Access()
    {
        Plain(NfsOperation.Access);
        return (xdr.ReadUInt32(), xdr.ReadUInt32());
    }

    /// <summary>The open's state. A delegation that comes unasked is passed over: without a back channel it cannot be recalled, so it is not used.</summary>
    public StateId Open()
    {
        Plain(NfsOperation.Open);
        var state = StateId.Read(ref xdr);
        ChangeInfo();
        xdr.ReadUInt32(); // result flags
        NfsAttributes.ReadBitmap(ref xdr);
        SkipDelegation();
        return state;
    }

    public void Close()
    {
        Plain(NfsOperation.Close);
        StateId.Read(ref xdr);
    }

    public ReadOnlySpan<byte> Read(int maxBytes, out bool endOfFile)
    {
        Plain(NfsOperation.Read);
        endOfFile = xdr.ReadBool();
        return xdr.ReadOpaque(maxBytes);
    }

    public WriteResult Write()
    {
        Plain(NfsOperation.Write);
        var count = xdr.ReadUInt32();
        var stable = (StableHow)xdr.ReadUInt32();
        return new WriteResult(count, stable, xdr.ReadUInt64());
    }

    /// <summary>The write verifier.</summary>
    public ulong Commit()
    {
        Plain(NfsOperation.Commit);
        return xdr.ReadUInt64();
    }

    /// <summary>The cookie verifier; the entries follow with <see cref="NextEntry"/>.</summary>
    public ulong ReadDir()
    {
        Plain(NfsOperation.ReadDir);
        return xdr.ReadUInt64();
    }

    /// <returns>False after the last entry of the page; <paramref name="endOfDirectory"/> is meant then.</returns>
    public bool NextEntry(out ulong cookie, out string name, out NfsAttributes? attributes, out bool endOfDirectory)
    {
        (cookie, name, attributes, endOfDirectory) = (0, "", null, false);
        if (!xdr.ReadBool())
        {
            endOfDirectory = xdr.ReadBool();
            return false;
        }
        cookie = xdr.ReadUInt64();
        name = xdr.ReadString(MaxOpaque);
        attributes = NfsAttributes.Read(ref xdr);
        return true;
    }

    public ExchangeIdResult ExchangeId()
    {
        Plain(NfsOperation.ExchangeId);
        var clientId = xdr.ReadUInt64();
        var sequence = xdr.ReadUInt32();
        var flags = xdr.ReadUInt32();
        if (xdr.ReadUInt32() is var protection and not 0)
            throw new NfsProtocolException($"the server answered with state protection {protection}, which was not asked for");
        xdr.ReadUInt64(); // server owner: minor id
        var owner = xdr.ReadOpaque(MaxOpaque).ToArray();
        xdr.ReadOpaque(MaxOpaque); // scope
        var implementation = "";
        for (var ids = xdr.ReadCount(1, "implementation names"); ids > 0; ids--)
        {
            xdr.ReadOpaque(MaxOpaque);
            implementation = xdr.ReadString(MaxOpaque);
            xdr.ReadInt64();
            xdr.ReadUInt32();
        }
        return new ExchangeIdResult(clientId, sequence, flags, owner, implementation);
    }

    public CreateSessionResult CreateSession()
    {
        Plain(NfsOperation.CreateSession);
        var session = SessionId.Read(ref xdr);
        var sequence = xdr.ReadUInt32();
        xdr.ReadUInt32(); // flags
        var fore = ChannelAttributes.Read(ref xdr);
        ChannelAttributes.Read(ref xdr); // back
        return new CreateSessionResult(session, sequence, fore);
    }

    public void Rename()
    {
        Plain(NfsOperation.Rename);
        ChangeInfo();
        ChangeInfo();
    }

    /// <summary><c>change_info4</c></summary>
    private void ChangeInfo()
    {
        xdr.ReadBool();
        xdr.ReadUInt64();
        xdr.ReadUInt64();
    }

    /// <summary><c>open_delegation4</c> (RFC 8881, section 18.16.2).</summary>
    private void SkipDelegation()
    {
        var type = xdr.ReadUInt32();
        switch (type)
        {
            case 0:
                break;
            case 1 or 2:
                StateId.Read(ref xdr);
                xdr.ReadBool();
                if (type == 2)
                    SkipSpaceLimit();
                xdr.ReadFixed(12); // nfsace4: type, flag, mask …
                xdr.ReadOpaque(MaxOpaque); // … and who
                break;
            case 3:
                if (xdr.ReadUInt32() is 1 or 2) // WND4_CONTENTION, WND4_RESOURCE
                    xdr.ReadBool();
                break;
            default:
                throw new NfsProtocolException($"the server granted a delegation of unknown type {type}");
        }
    }

    private void SkipSpaceLimit()
    {
        if (xdr.ReadUInt32() is var by and not (1 or 2))
            throw new NfsProtocolException($"the server sent a space limit of unknown kind {by}");
        xdr.ReadUInt64(); // a size, or a number of blocks and their size
    }
}
