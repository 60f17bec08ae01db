using System.Runtime.InteropServices;

namespace Ankole.Nfs;

/// <summary>
/// One COMPOUND call (RFC 8881, section 16.2) as it goes over the wire: record mark, RPC header, tag, minor version 1, operations. Inside a
/// session the first operation is SEQUENCE, whose numbers are filled in when the request is given a slot, so the same bytes can be
/// sent again after a lost connection.
/// </summary>
internal sealed partial class CompoundRequest : IDisposable
{
    private const uint CompoundProcedure = 1;
    private const uint MinorVersion = 1;
    private const int SessionIdBytes = 16;

    private readonly List<NfsOperation> operations = new(12);
    private readonly int countOffset;
    private int sequenceOffset = -1;

    /// <param name="sizeHint">Bytes of the operations, data included.</param>
    private CompoundRequest(AuthSys? credential, int sizeHint)
    {
        Writer = new XdrWriter(sizeHint + 512);
        RpcCallHeader.Write(Writer, CompoundProcedure, credential);
        Writer.WriteUInt32(0); // empty tag
        Writer.WriteUInt32(MinorVersion);
        countOffset = Writer.Length;
        Writer.WriteUInt32(0);
    }

    public XdrWriter Writer { get; }

    public ReadOnlySpan<NfsOperation> Operations => CollectionsMarshal.AsSpan(operations);

    public bool HasSequence => sequenceOffset >= 0;

    /// <summary>A request outside any session, for the operations that make and end one.</summary>
    public static CompoundRequest WithoutSession(AuthSys? credential) => new(credential, 512);

    /// <param name="cacheReply">
    /// Asks the server to keep the reply, so that a repetition after a lost connection is answered and not carried out again. Only what is
    /// harmless to repeat goes without (RFC 8881, section 2.10.6.1.3).
    /// </param>
    public static CompoundRequest InSession(AuthSys? credential, bool cacheReply, int sizeHint = 512)
    {
        var request = new CompoundRequest(credential, sizeHint);
        request.Begin(NfsOperation.Sequence);
        request.sequenceOffset = request.Writer.Length;
        request.Writer.WriteFixed(stackalloc byte[SessionIdBytes]);
        request.Writer.WriteUInt32(0); // sequence id
        request.Writer.WriteUInt32(0); // slot id
        request.Writer.WriteUInt32(0); // highest slot id
        request.Writer.WriteBool(cacheReply);
        return request;
    }

    /// <summary>SEQUENCE's arguments (RFC 8881, section 18.46).</summary>
    public void Stamp(SessionId session, uint sequence, uint slot, uint highestSlot)
    {
        session.Bytes.CopyTo(Writer.Patch(sequenceOffset, SessionIdBytes));
        Writer.PatchUInt32(sequenceOffset + 16, sequence);
        Writer.PatchUInt32(sequenceOffset + 20, slot);
        Writer.PatchUInt32(sequenceOffset + 24, highestSlot);
    }

    public void Dispose() => Writer.Dispose();

    private void Begin(NfsOperation operation)
    {
        operations.Add(operation);
        Writer.PatchUInt32(countOffset, (uint)operations.Count);
        Writer.WriteUInt32((uint)operation);
    }
}
