using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;

namespace Ankole.Testing;

/// <summary>
/// A line to a server on the loopback address: every answer comes so much later, and all bytes of one direction together pass at no more than so many a second.
/// Counts what is under way.
/// </summary>
/// <remarks>A piece of an answer waits in memory while it is delayed: as much of one connection as its senders send in that time, at most <see cref="QueuedPieces"/> pieces.</remarks>
public sealed class DelayingProxy : IAsyncDisposable
{
    private const int PieceBytes = 64 << 10, QueuedPieces = 1024;

    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource lifetime = new();
    private readonly IPEndPoint server;
    private readonly TimeSpan delay;
    private readonly Line up, down;
    private readonly Task accepting;
    private int busy, mostBusy;

    public DelayingProxy(int serverPort, TimeSpan delay, double bytesPerSecond = double.PositiveInfinity)
    {
        server = new IPEndPoint(IPAddress.Loopback, serverPort);
        this.delay = delay;
        (up, down) = (new Line(bytesPerSecond), new Line(bytesPerSecond));
        listener.Start(backlog: 256);
        accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

    /// <summary>Most connections that had sent something and were waiting for the answer at the same time.</summary>
    public int MostBusy => Volatile.Read(ref mostBusy);

    /// <summary>Bytes that passed to the server and back, in each second since the line was made.</summary>
    public (IReadOnlyList<long> Up, IReadOnlyList<long> Down) BytesBySecond => (up.BytesBySecond(), down.BytesBySecond());

    /// <summary>Makes the line as wide as that from now on, in each direction; infinity: bytes pass as fast as they come.</summary>
    public void Widen(double bytesPerSecond = double.PositiveInfinity) => (up.BytesPerSecond, down.BytesPerSecond) = (bytesPerSecond, bytesPerSecond);

    public async ValueTask DisposeAsync()
    {
        await lifetime.CancelAsync();
        await accepting;
        listener.Dispose();
        lifetime.Dispose();
    }

    private async Task AcceptAsync()
    {
        var serving = new List<Task>();
        try
        {
            while (true)
                serving.Add(ServeAsync(await listener.AcceptSocketAsync(lifetime.Token)));
        }
        catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException or SocketException)
        {
            await Task.WhenAll(serving);
        }
    }

    private async Task ServeAsync(Socket client)
    {
        using var clientSide = client;
        using var serverSide = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        client.NoDelay = true;
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(lifetime.Token);
        var waits = new Waiting(this);
        try
        {
            await serverSide.ConnectAsync(server, ended.Token);
            var directions = new[] { SendAsync(client, serverSide, waits, ended.Token), AnswerAsync(serverSide, client, waits, ended.Token) };
            await Task.WhenAny(directions);
            await ended.CancelAsync();
            await Task.WhenAll(directions);
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException or IOException)
        {
            // The other side sees the end of the connection.
        }
        finally
        {
            waits.Answered();
        }
    }

    private async Task SendAsync(Socket from, Socket to, Waiting waits, CancellationToken cancellationToken)
    {
        var piece = new byte[PieceBytes];
        while (await from.ReceiveAsync(piece, cancellationToken) is > 0 and var length)
        {
            waits.Sent();
            await up.PassAsync(length, cancellationToken);
            await to.SendAsync(piece.AsMemory(0, length), cancellationToken);
        }
    }

    private async Task AnswerAsync(Socket from, Socket to, Waiting waits, CancellationToken cancellationToken)
    {
        var queue = Channel.CreateBounded<(byte[] Piece, long Due)>(QueuedPieces);
        var receiving = ReceiveAsync();
        await foreach (var (piece, due) in queue.Reader.ReadAllAsync(cancellationToken))
        {
            var wait = TimeSpan.FromMilliseconds(due - Environment.TickCount64);
            if (wait > TimeSpan.Zero)
                await Task.Delay(wait, cancellationToken);
            await down.PassAsync(piece.Length, cancellationToken);
            waits.Answered();
            await to.SendAsync(piece, cancellationToken);
        }
        await receiving;

        async Task ReceiveAsync()
        {
            var buffer = new byte[PieceBytes];
            try
            {
                while (await from.ReceiveAsync(buffer, cancellationToken) is > 0 and var length)
                    await queue.Writer.WriteAsync((buffer[..length], Environment.TickCount64 + (long)delay.TotalMilliseconds), cancellationToken);
            }
            finally
            {
                queue.Writer.TryComplete();
            }
        }
    }

    /// <summary>Whether a connection waits for an answer.</summary>
    private sealed class Waiting(DelayingProxy proxy)
    {
        private bool isWaiting;

        public void Sent()
        {
            lock (proxy.listener)
            {
                if (isWaiting)
                    return;
                isWaiting = true;
                proxy.mostBusy = Math.Max(proxy.mostBusy, ++proxy.busy);
            }
        }

        public void Answered()
        {
            lock (proxy.listener)
            {
                if (isWaiting)
                    proxy.busy--;
                isWaiting = false;
            }
        }
    }

    /// <summary>One direction of the line, shared by all connections: each piece books its time and waits for it.</summary>
    private sealed class Line(double initialBytesPerSecond)
    {
        private readonly Lock gate = new();
        private readonly List<long> bySecond = [];
        private readonly long made = TimeProvider.System.GetTimestamp();
        private long free = TimeProvider.System.GetTimestamp();
        private double bytesPerSecond = initialBytesPerSecond;

        public double BytesPerSecond
        {
            set => Volatile.Write(ref bytesPerSecond, value);
        }

        public async ValueTask PassAsync(int bytes, CancellationToken cancellationToken)
        {
            var rate = Volatile.Read(ref bytesPerSecond);
            if (double.IsPositiveInfinity(rate))
                return;
            TimeSpan wait;
            lock (gate)
            {
                var now = TimeProvider.System.GetTimestamp();
                free = Math.Max(free, now) + (long)(bytes / rate * TimeProvider.System.TimestampFrequency);
                Count(bytes);
                wait = TimeProvider.System.GetElapsedTime(now, free);
            }
            // Timers are coarse: what is less than one of their ticks is made up for by the next piece.
            if (wait > TimeSpan.FromMilliseconds(2))
                await Task.Delay(wait, cancellationToken);
        }

        public IReadOnlyList<long> BytesBySecond()
        {
            lock (gate)
                return [.. bySecond];
        }

        private void Count(int bytes)
        {
            var second = (int)TimeProvider.System.GetElapsedTime(made, free).TotalSeconds;
            while (bySecond.Count <= second)
                bySecond.Add(0);
            bySecond[second] += bytes;
        }
    }
}
