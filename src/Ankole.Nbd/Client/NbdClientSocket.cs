using System.Net.Sockets;

namespace Ankole.Nbd;

internal static class NbdClientSocket
{
    /// <summary>Connects; of a host with several addresses the first one that answers is used.</summary>
    public static async Task<Socket> ConnectAsync(NbdUri uri, CancellationToken cancellationToken)
    {
        var address = uri.Address;
        var socket = address.IsUnix
            ? new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified)
            : new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            if (address.IsUnix)
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(address.Path), cancellationToken);
            else
                await socket.ConnectAsync(address.Host, address.Port, cancellationToken);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
