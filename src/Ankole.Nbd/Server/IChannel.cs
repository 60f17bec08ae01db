namespace Ankole.Nbd;

/// <summary>The bytes of one connection. One thread receives, one sends, at the same time. A lost connection is an <see cref="IOException"/>.</summary>
internal interface IChannel : IDisposable
{
    /// <summary>Waits for bytes; called only on the connection's own thread.</summary>
    /// <returns>How many arrived, at least one; 0 when the stream has ended.</returns>
    int Receive(Span<byte> buffer);

    /// <summary>Sends what it can of <paramref name="head"/> followed by <paramref name="tail"/>.</summary>
    /// <param name="mayBlock">True waits until at least one byte is taken; false never waits.</param>
    /// <returns>How many bytes were taken; 0 only when <paramref name="mayBlock"/> is false and the sender has to wait.</returns>
    int Send(ReadOnlySpan<byte> head, ReadOnlySpan<byte> tail, bool mayBlock);

    /// <summary>Ends both directions at once: whoever waits in <see cref="Receive"/> or <see cref="Send"/> returns or throws.</summary>
    void Abort();
}
