using System.Net.Sockets;
using Ankole.Core;

namespace Ankole.Nbd;

/// <summary>
/// A connection whose handshake is done, to be handed to the kernel: it knows simple replies only, and wants a socket that nobody else reads. .NET must not
/// have used it asynchronously, or its poller would wake up for each of the kernel's bytes; and no timeout may be left on it, which would end the kernel's
/// waiting, too.
/// </summary>
public sealed class NbdHandover : IDisposable
{
    private static readonly TimeSpan HandshakeTimeout = TimeSpan.FromSeconds(30);

    private readonly Socket socket;

    private NbdHandover(Socket socket, NbdClientSession session)
    {
        this.socket = socket;
        (SizeBytes, Flags) = (session.SizeBytes, session.Flags);
    }

    public long SizeBytes { get; }

    public NbdTransmissionFlags Flags { get; }

    /// <summary>Stays open until this is disposed.</summary>
    public int Descriptor => (int)socket.Handle;

    /// <exception cref="AnkoleException">Nobody answers there, or the export is missing.</exception>
    public static async Task<NbdHandover> ConnectAsync(string socketPath, string export, CancellationToken cancellationToken)
    {
        var uri = NbdAddress.Unix(socketPath).ToUri(export);
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            // On a thread of its own: everything below blocks.
            return await Task.Run(() => ShakeHandsAsync(socket, socketPath, uri, cancellationToken), cancellationToken);
        }
        catch (Exception e) when (e is SocketException or IOException)
        {
            socket.Dispose();
            throw new AnkoleException(ErrorKind.Unavailable, $"{uri}: cannot connect: {e.Message}", e);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    public void Dispose() => socket.Dispose();

    private static async Task<NbdHandover> ShakeHandsAsync(Socket socket, string path, NbdUri uri, CancellationToken cancellationToken)
    {
        socket.ReceiveTimeout = socket.SendTimeout = (int)HandshakeTimeout.TotalMilliseconds;
        socket.Connect(new UnixDomainSocketEndPoint(path));
        await using var stream = new BlockingSocketStream(socket);
        var session = await new NbdClientHandshake(uri, new NbdClientOptions { MaxStyle = NbdReplyStyle.Simple }, stream).RunAsync(cancellationToken);
        socket.ReceiveTimeout = socket.SendTimeout = 0;
        return new NbdHandover(socket, session);
    }
}
