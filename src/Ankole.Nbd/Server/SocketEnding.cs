using System.Net.Sockets;

namespace Ankole.Nbd;

/// <summary>shutdown(2) that any thread may call, whatever became of the socket meanwhile.</summary>
internal static class SocketEnding
{
    /// <summary>
    /// <see cref="SocketShutdown.Receive"/> lets a reader take what has arrived already and then see the end of the stream;
    /// <see cref="SocketShutdown.Both"/> also makes senders fail.
    /// </summary>
    public static void EndStream(this Socket socket, SocketShutdown how)
    {
        try
        {
            socket.Shutdown(how);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The other side, or another thread of ours, was first: the stream has ended, which is all that was asked.
        }
    }
}
