namespace Ankole.Nfs;

/// <summary>
/// A COMPOUND's answer (RFC 8881, section 16.2): the status of the last operation carried out, and the results so far. Disposed by whoever
/// holds it, after the last use of a <see cref="CompoundReader"/> over it.
/// </summary>
internal sealed class CompoundReply : IDisposable
{
    private const int MaxTagBytes = 1024;
    private const int MaxOperations = 128;

    private readonly RpcReply message;
    private readonly int resultsOffset;

    private CompoundReply(RpcReply message, NfsStatus status, int count, int resultsOffset)
    {
        this.message = message;
        this.resultsOffset = resultsOffset;
        Status = status;
        Count = count;
    }

    public NfsStatus Status { get; }

    /// <summary>Operations carried out, the failed one included.</summary>
    public int Count { get; }

    /// <summary>True when the server may have carried the request out twice, or once although it now says otherwise: its session was lost in between.</summary>
    public bool MayBeRepetition { get; set; }

    /// <summary>A reader before the first result.</summary>
    public CompoundReader Results => new(message.Message[resultsOffset..]);

    /// <param name="operations">How many operations the request had; null when the answer may be a kept one to another request.</param>
    /// <exception cref="NfsProtocolException">It is no COMPOUND answer; the message is then still the caller's.</exception>
    /// <exception cref="RpcRejectedException">The call was refused below NFS; likewise.</exception>
    public static CompoundReply Parse(RpcReply message, int? operations)
    {
        var header = message.ParseHeader();
        var reader = new XdrReader(message.Message[header..]);
        var status = (NfsStatus)reader.ReadUInt32();
        reader.ReadOpaque(MaxTagBytes);
        var count = reader.ReadCount(operations ?? MaxOperations, "operation results");
        if (status == NfsStatus.Ok && count != (operations ?? count))
            throw new NfsProtocolException($"the server reports success for {count} of {operations} operations");
        return new CompoundReply(message, status, count, header + reader.Position);
    }

    public void Dispose() => message.Dispose();
}
