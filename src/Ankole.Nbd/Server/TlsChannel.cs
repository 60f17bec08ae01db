using System.Net.Security;
using System.Net.Sockets;

namespace Ankole.Nbd;

/// <summary>A socket under TLS. It cannot send without waiting, so replies that finish on other threads go through the writer's thread.</summary>
internal sealed class TlsChannel(Socket socket, SslStream stream) : IChannel
{
    public int Receive(Span<byte> buffer) => stream.Read(buffer);

    public int Send(ReadOnlySpan<byte> head, ReadOnlySpan<byte> tail, bool mayBlock)
    {
        if (!mayBlock)
            return 0;
        stream.Write(head);
        stream.Write(tail);
        return head.Length + tail.Length;
    }

    public void Abort() => socket.EndStream(SocketShutdown.Both);

    public void Dispose()
    {
        stream.Dispose();
        socket.Dispose();
    }
}
