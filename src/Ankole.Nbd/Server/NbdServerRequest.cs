using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Ankole.Nbd;

/// <summary>
/// One request in flight on a connection, from its header to its last reply byte. Pooled by <see cref="RequestWindow"/>.
/// Lifecycle: 1. acquired, 2. payload received, 3. executed (inline or on other threads), 4. reply composed, 5. reply sent, 6. released.
/// Each step has one owner, so nothing here is locked.
/// </summary>
internal sealed class NbdServerRequest
{
    /// <summary>The longest reply header with an offset, with room for a status chunk's descriptor of one extent.</summary>
    private const int HeadCapacity = 64;

    private readonly byte[] head = new byte[HeadCapacity];
    private int headLength;
    private byte[]? rented;
    private ValueTask execution;
    private int payloadLength;

    public NbdServerRequest(Action<NbdServerRequest> completed)
    {
        Continuation = () => completed(this);
    }

    public NbdRequest Header { get; private set; }

    public NbdReplyStyle Style { get; set; }

    /// <summary>Bytes of memory this request counts for in the connection's window.</summary>
    public int WindowBytes { get; private set; }

    /// <summary>Runs when an execution that was not finished at once is.</summary>
    private Action Continuation { get; }

    public ReadOnlyMemory<byte> ReplyHead => head.AsMemory(0, headLength);

    public ReadOnlyMemory<byte> ReplyPayload => rented.AsMemory(0, payloadLength);

    /// <summary>Takes over what the device was asked to do.</summary>
    /// <returns>False when it goes on elsewhere: the completion handler will be called.</returns>
    public bool IsFinished(ValueTask started)
    {
        execution = started;
        if (execution.IsCompleted)
            return true;
        execution.GetAwaiter().UnsafeOnCompleted(Continuation);
        return false;
    }

    /// <summary>Takes the result, once, of an execution that is finished; throws what the device threw.</summary>
    public void GetResult() => execution.GetAwaiter().GetResult();

    public void Begin(in NbdRequest header, int windowBytes)
    {
        Header = header;
        WindowBytes = windowBytes;
        headLength = payloadLength = 0;
    }

    /// <summary>A buffer for the request's payload or the reply's; the earlier one, if any, is given back.</summary>
    public Memory<byte> RentBuffer(int length)
    {
        ReturnBuffer();
        rented = ArrayPool<byte>.Shared.Rent(length);
        return rented.AsMemory(0, length);
    }

    /// <summary>The first bytes of the buffer that <see cref="RentBuffer"/> gave.</summary>
    public Memory<byte> Buffer(int length) => rented.AsMemory(0, length);

    public void ReturnBuffer()
    {
        if (rented is null)
            return;
        ArrayPool<byte>.Shared.Return(rented);
        rented = null;
        payloadLength = 0;
    }

    /// <summary>Success without data.</summary>
    public void ReplyDone()
    {
        ReturnBuffer();
        headLength = Style == NbdReplyStyle.Simple
            ? NbdReplyHeader.WriteSimple(head, NbdError.None, Header.Cookie)
            : NbdReplyHeader.WriteChunk(head, Style, Header, NbdReplyType.None, done: true, 0);
    }

    /// <summary>Success with the first <paramref name="length"/> bytes of the rented buffer, which begin at the request's offset.</summary>
    public void ReplyData(int length)
    {
        payloadLength = length;
        if (Style == NbdReplyStyle.Simple)
        {
            headLength = NbdReplyHeader.WriteSimple(head, NbdError.None, Header.Cookie);
            return;
        }
        headLength = NbdReplyHeader.WriteChunk(head, Style, Header, NbdReplyType.OffsetData, done: true, length + sizeof(ulong));
        BinaryPrimitives.WriteUInt64BigEndian(head.AsSpan(headLength), Header.Offset);
        headLength += sizeof(ulong);
    }

    /// <summary>Success with whole chunks, headers and all, that the caller composed in the rented buffer.</summary>
    public void ReplyChunks(int length)
    {
        headLength = 0;
        payloadLength = length;
    }

    /// <param name="message">Shown to people on the other side where replies can carry it.</param>
    public void ReplyError(NbdError error, string message)
    {
        ReturnBuffer();
        if (Style == NbdReplyStyle.Simple)
        {
            headLength = NbdReplyHeader.WriteSimple(head, error, Header.Cookie);
            return;
        }
        var text = Encoding.UTF8.GetBytes(message);
        var textLength = Math.Min(text.Length, NbdLimits.MaxString);
        headLength = NbdReplyHeader.WriteChunk(head, Style, Header, NbdReplyType.Error, done: true, 6 + textLength);
        BinaryPrimitives.WriteUInt32BigEndian(head.AsSpan(headLength), (uint)error);
        BinaryPrimitives.WriteUInt16BigEndian(head.AsSpan(headLength + 4), (ushort)textLength);
        headLength += 6;
        text.AsSpan(0, textLength).CopyTo(RentBuffer(textLength).Span);
        payloadLength = textLength;
    }
}
