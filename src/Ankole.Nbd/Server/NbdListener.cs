using System.Net;
using System.Net.Sockets;
using Ankole.Core;

namespace Ankole.Nbd;

/// <summary>Opens listening sockets and removes what they leave behind.</summary>
internal static class NbdListener
{
    private const int Backlog = 128;

    /// <summary>A unix socket may be used by its owner only.</summary>
    private const UnixFileMode SocketMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <exception cref="AnkoleException">Busy: somebody listens there. Refused: the path is no socket. InvalidInput: TCP without TLS.</exception>
    public static async ValueTask<(Socket Socket, NbdAddress Bound)> OpenAsync(
        NbdAddress address, bool mayExposePlainTcp, CancellationToken cancellationToken)
    {
        var endPoint = await address.ResolveAsync(cancellationToken);
        if (endPoint is IPEndPoint ip && !mayExposePlainTcp && !IPAddress.IsLoopback(ip.Address))
            throw new InvalidInputException(
                $"{address} would offer the data to the network without TLS. Give a certificate, listen on a loopback address, or allow plain TCP explicitly.");
        if (address.IsUnix)
            RemoveStale(address.Path);

        var socket = endPoint is IPEndPoint
            ? new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp)
            : new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            socket.Bind(endPoint);
            // Before Listen nobody can connect, so the mode is in force for the first client already.
            if (address.IsUnix)
                File.SetUnixFileMode(address.Path, SocketMode);
            socket.Listen(Backlog);
            return (socket, address.IsUnix ? address : NbdAddress.Tcp(address.Host, ((IPEndPoint)socket.LocalEndPoint!).Port));
        }
        catch (Exception e) when (e is SocketException or IOException or UnauthorizedAccessException)
        {
            socket.Dispose();
            var kind = e is SocketException { SocketErrorCode: SocketError.AddressAlreadyInUse } ? ErrorKind.Busy : ErrorKind.Unavailable;
            throw new AnkoleException(kind, $"cannot listen on {address}: {e.Message}", e);
        }
    }

    /// <summary>Removes a socket that a server left behind when it was killed.</summary>
    /// <exception cref="AnkoleException">Somebody listens there, or the path is no socket.</exception>
    public static void RemoveStale(string path)
    {
        if (!Path.Exists(path))
            return;
        using var probe = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            probe.Connect(new UnixDomainSocketEndPoint(path));
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionRefused && (File.GetAttributes(path) & FileAttributes.Directory) == 0
                                        && !IsOrdinaryFile(path))
        {
            File.Delete(path);
            return;
        }
        catch (SocketException e)
        {
            throw new AnkoleException(
                ErrorKind.Refused, $"cannot listen on unix:{path}: the path exists and is no socket that could be replaced ({e.Message}). Choose another path.", e);
        }
        throw new AnkoleException(ErrorKind.Busy, $"cannot listen on unix:{path}: another server listens there. Stop it or choose another path.");
    }

    /// <summary>connect(2) refuses an ordinary file just as it refuses a socket that nobody listens on; only a socket cannot be opened.</summary>
    private static bool IsOrdinaryFile(string path)
    {
        try
        {
            using var file = File.OpenHandle(path);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }
}
