namespace Ankole.Nfs;

/// <summary>The operations on files and directories. Each names the section of RFC 8881 that defines it.</summary>
internal sealed partial class CompoundRequest
{
    private const uint ShareAccessWrite = 2;
    private const uint ShareAccessWantNoDelegation = 0x0400;

    /// <summary>18.21</summary>
    public CompoundRequest PutRootFh() => Plain(NfsOperation.PutRootFh);

    /// <summary>18.19</summary>
    public CompoundRequest PutFh(FileHandle handle)
    {
        Begin(NfsOperation.PutFh);
        Writer.WriteOpaque(handle.Bytes);
        return this;
    }

    /// <summary>18.8</summary>
    public CompoundRequest GetFh() => Plain(NfsOperation.GetFh);

    /// <summary>18.13</summary>
    public CompoundRequest Lookup(string name) => Named(NfsOperation.Lookup, name);

    /// <summary>18.13, once for each name.</summary>
    public CompoundRequest Lookup(ReadOnlySpan<string> names)
    {
        foreach (var name in names)
            Lookup(name);
        return this;
    }

    /// <summary>18.28</summary>
    public CompoundRequest SaveFh() => Plain(NfsOperation.SaveFh);

    /// <summary>18.27</summary>
    public CompoundRequest RestoreFh() => Plain(NfsOperation.RestoreFh);

    /// <summary>18.1</summary>
    public CompoundRequest Access(uint rights)
    {
        Begin(NfsOperation.Access);
        Writer.WriteUInt32(rights);
        return this;
    }

    /// <summary>18.7</summary>
    public CompoundRequest GetAttr(AttributeSet attributes)
    {
        Begin(NfsOperation.GetAttr);
        NfsAttributes.WriteBitmap(Writer, attributes);
        return this;
    }

    /// <summary>18.31: goes on only when the current file is of that type; NFS4ERR_NOT_SAME otherwise.</summary>
    public CompoundRequest VerifyType(NfsFileType type)
    {
        Begin(NfsOperation.Verify);
        NfsAttributes.WriteBitmap(Writer, AttributeSet.Type);
        Writer.WriteUInt32(4);
        Writer.WriteUInt32((uint)type);
        return this;
    }

    /// <summary>18.30</summary>
    public CompoundRequest SetAttr(StateId state, FileAttributesToSet attributes)
    {
        Begin(NfsOperation.SetAttr);
        state.Write(Writer);
        attributes.Write(Writer);
        return this;
    }

    /// <summary>18.16, UNCHECKED4 or GUARDED4: creates the file, or opens it and cuts it to <paramref name="attributes"/>' size; guarded, one that exists is NFS4ERR_EXIST.</summary>
    public CompoundRequest OpenCreating(ulong owner, string name, bool guarded, FileAttributesToSet attributes)
    {
        BeginOpen(owner);
        Writer.WriteUInt32(1); // OPEN4_CREATE
        Writer.WriteUInt32(guarded ? 1u : 0u);
        attributes.Write(Writer);
        return Claim(name);
    }

    /// <summary>
    /// 18.16, EXCLUSIVE4_1: creates the file unless one exists; a repetition with the same <paramref name="verifier"/> succeeds again, so that
    /// a lost reply does not turn the winner into a loser.
    /// </summary>
    public CompoundRequest OpenExclusively(ulong owner, string name, ulong verifier, FileAttributesToSet attributes)
    {
        BeginOpen(owner);
        Writer.WriteUInt32(1); // OPEN4_CREATE
        Writer.WriteUInt32(3); // EXCLUSIVE4_1
        Writer.WriteUInt64(verifier);
        attributes.Write(Writer);
        return Claim(name);
    }

    /// <summary>18.2</summary>
    public CompoundRequest Close(StateId state)
    {
        Begin(NfsOperation.Close);
        Writer.WriteUInt32(0); // seqid: not used since minor version 1
        state.Write(Writer);
        return this;
    }

    /// <summary>18.22</summary>
    public CompoundRequest Read(StateId state, long offset, int count)
    {
        Begin(NfsOperation.Read);
        state.Write(Writer);
        Writer.WriteUInt64((ulong)offset);
        Writer.WriteUInt32((uint)count);
        return this;
    }

    /// <summary>18.32</summary>
    public CompoundRequest Write(StateId state, long offset, StableHow stable, ReadOnlySpan<byte> data)
    {
        Begin(NfsOperation.Write);
        state.Write(Writer);
        Writer.WriteUInt64((ulong)offset);
        Writer.WriteUInt32((uint)stable);
        Writer.WriteOpaque(data);
        return this;
    }

    /// <summary>18.3, the whole file.</summary>
    public CompoundRequest Commit()
    {
        Begin(NfsOperation.Commit);
        Writer.WriteUInt64(0);
        Writer.WriteUInt32(0);
        return this;
    }

    /// <summary>18.4, a directory.</summary>
    public CompoundRequest CreateDirectory(string name, FileAttributesToSet attributes)
    {
        Begin(NfsOperation.Create);
        Writer.WriteUInt32((uint)NfsFileType.Directory);
        Writer.WriteString(name);
        attributes.Write(Writer);
        return this;
    }

    /// <summary>18.23</summary>
    /// <param name="cookie">0 to begin; otherwise the last entry's.</param>
    public CompoundRequest ReadDir(ulong cookie, ulong verifier, int maxBytes, AttributeSet attributes)
    {
        Begin(NfsOperation.ReadDir);
        Writer.WriteUInt64(cookie);
        Writer.WriteUInt64(verifier);
        Writer.WriteUInt32((uint)maxBytes); // dircount: a hint
        Writer.WriteUInt32((uint)maxBytes);
        NfsAttributes.WriteBitmap(Writer, attributes);
        return this;
    }

    /// <summary>18.25</summary>
    public CompoundRequest Remove(string name) => Named(NfsOperation.Remove, name);

    /// <summary>18.26: from the saved directory to the current one.</summary>
    public CompoundRequest Rename(string oldName, string newName)
    {
        Begin(NfsOperation.Rename);
        Writer.WriteString(oldName);
        Writer.WriteString(newName);
        return this;
    }

    /// <summary>18.9: another name, in the current directory, for the saved file.</summary>
    public CompoundRequest Link(string newName) => Named(NfsOperation.Link, newName);

    private CompoundRequest Plain(NfsOperation operation)
    {
        Begin(operation);
        return this;
    }

    private CompoundRequest Named(NfsOperation operation, string name)
    {
        Begin(operation);
        Writer.WriteString(name);
        return this;
    }

    private void BeginOpen(ulong owner)
    {
        Begin(NfsOperation.Open);
        Writer.WriteUInt32(0); // seqid: not used since minor version 1
        Writer.WriteUInt32(ShareAccessWrite | ShareAccessWantNoDelegation);
        Writer.WriteUInt32(0); // OPEN4_SHARE_DENY_NONE
        Writer.WriteUInt64(0); // clientid: the session says it
        Span<byte> ownerBytes = stackalloc byte[8];
        System.Buffers.Binary.BinaryPrimitives.WriteUInt64BigEndian(ownerBytes, owner);
        Writer.WriteOpaque(ownerBytes);
    }

    private CompoundRequest Claim(string name)
    {
        Writer.WriteUInt32(0); // CLAIM_NULL
        Writer.WriteString(name);
        return this;
    }
}
