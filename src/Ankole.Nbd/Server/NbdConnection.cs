using System.Net.Sockets;
using System.Security.Authentication;
using Microsoft.Extensions.Logging;

namespace Ankole.Nbd;

/// <summary>
/// One client. Lifecycle: 1. handshake: greeting and options, until an export is chosen; 2. transmission: requests until the client leaves or
/// <see cref="Stop"/>; 3. requests in flight finish, replies are sent, the socket is closed.
/// </summary>
internal sealed class NbdConnection
{
    private readonly long id;
    private readonly Socket socket;
    private readonly NbdServerContext server;
    private readonly CancellationToken aborted;
    private readonly ServerState state = new();

    /// <param name="aborted">Cancels requests in flight; <see cref="Abort"/> is called as well then.</param>
    public NbdConnection(long id, Socket socket, NbdServerContext server, CancellationToken aborted)
    {
        this.aborted = aborted;
        this.id = id;
        this.socket = socket;
        this.server = server;
        if (socket.ProtocolType == ProtocolType.Tcp)
            socket.NoDelay = true;
    }

    /// <param name="ended">Called once, when nothing of the connection runs any more.</param>
    public void Start(Action ended)
    {
        var thread = new Thread(() =>
        {
            Run();
            ended();
        }) { IsBackground = true, Name = "nbd-connection" };
        thread.Start();
    }

    /// <summary>Finish what is in flight, answer what has arrived with <c>NBD_ESHUTDOWN</c>, then close.</summary>
    public void Stop()
    {
        state.IsStopping = true;
        socket.EndStream(SocketShutdown.Receive);
    }

    /// <summary>Closes without waiting for the other side.</summary>
    public void Abort()
    {
        state.IsStopping = true;
        socket.EndStream(SocketShutdown.Both);
    }

    /// <summary>Closes as a killed server does: what is in flight runs to its end, but nothing is answered any more, least of all with an error.</summary>
    public void Drop() => socket.EndStream(SocketShutdown.Both);

    private void Run()
    {
        using var handshake = new NbdHandshake(socket, server, state);
        try
        {
            if (Negotiate(handshake) is { } session)
            {
                Log.TransmissionStarted(server.Logger, id, session.Export.Name, session.Style);
                using var transmission = new NbdTransmission(id, session, handshake.Channel, handshake.Input, server, state, aborted);
                transmission.Run();
            }
            Log.ConnectionEnded(server.Logger, id);
        }
        catch (Exception e) when (e is NbdProtocolException or AuthenticationException)
        {
            Log.ConnectionRefused(server.Logger, id, e.Message);
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            Log.ConnectionLost(server.Logger, id, e.Message);
        }
        catch (Exception e)
        {
            // The last frame of this thread: an error that nobody foresaw ends one connection, not the server.
            Log.ConnectionFailed(server.Logger, id, e);
        }
    }

    private NbdSession? Negotiate(NbdHandshake handshake)
    {
        using var limit = server.TimeProvider.CreateTimer(
            _ => socket.EndStream(SocketShutdown.Both), null, server.Options.HandshakeTimeout, Timeout.InfiniteTimeSpan);
        return handshake.Run();
    }

    /// <summary>What the server tells the connection's thread.</summary>
    internal sealed class ServerState
    {
        private volatile bool isStopping;

        public bool IsStopping
        {
            get => isStopping;
            set => isStopping = value;
        }
    }
}
