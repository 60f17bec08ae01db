using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Ankole.Testing;

namespace Ankole.Nfs.Tests;

/// <summary>
/// A small NFSv4.1 server in memory that does wrong what a test tells it to: one flat directory, sessions with a replay cache, unstable writes
/// that a restart loses. What it carried out is on record, so that a test can see that nothing was done twice.
/// </summary>
internal sealed class FakeServer : IAsyncDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource lifetime = new();
    private readonly List<Task> connections = [];
    private readonly Lock gate = new();
    private readonly Task accepting;

    public FakeServer()
    {
        listener.Start();
        accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

    public FakeFiles Files { get; } = new();

    /// <summary>Asked about each call before it is carried out; the calls are numbered from 1.</summary>
    public Func<IReadOnlyList<NfsOperation>, int, Fault> OnCall { get; set; } = (_, _) => Fault.None;

    public int Calls { get; private set; }

    /// <summary>The clients' clock, slow until one is connected: it waits but once for its first answers, and a busy machine takes a second for one at times.</summary>
    public PacedTime Clock { get; } = new(PacedTime.Slow);

    public NfsClientOptions Options => new()
    {
        Server = "127.0.0.1",
        Port = Port,
        ExportPath = "/",
        Credential = new AuthSys(0, 0, [], "tests"),
        Timeout = TimeSpan.FromSeconds(1),
        Retransmissions = 3,
        Deadline = TimeSpan.FromSeconds(20),
        GraceTimeout = TimeSpan.FromSeconds(2.5),
        TimeProvider = Clock,
    };

    public async Task<NfsClient> ConnectAsync(Func<NfsClientOptions, NfsClientOptions>? change = null)
    {
        var client = await NfsClient.ConnectAsync(change?.Invoke(Options) ?? Options, logger: null, TestContext.Current.CancellationToken);
        Clock.Pace = 1;
        return client;
    }

    public async ValueTask DisposeAsync()
    {
        await lifetime.CancelAsync();
        await accepting;
        listener.Stop();
        await Task.WhenAll(connections);
        lifetime.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
                connections.Add(ServeAsync(await listener.AcceptTcpClientAsync(lifetime.Token)));
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            return;
        }
    }

    private async Task ServeAsync(TcpClient connection)
    {
        using var client = connection;
        await using var stream = client.GetStream();
        try
        {
            var mark = new byte[4];
            while (true)
            {
                await stream.ReadExactlyAsync(mark, lifetime.Token);
                var call = new byte[BinaryPrimitives.ReadUInt32BigEndian(mark) & 0x7fff_ffff];
                await stream.ReadExactlyAsync(call, lifetime.Token);
                if (!await AnswerAsync(stream, call))
                    return;
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            return;
        }
    }

    /// <returns>False: the connection is to be closed.</returns>
    private async Task<bool> AnswerAsync(NetworkStream stream, byte[] call)
    {
        Fault fault;
        byte[] reply;
        lock (gate)
        {
            fault = OnCall(FakeCompound.OperationsOf(call), ++Calls);
            if (fault.ClosesBefore)
                return false;
            reply = fault.Bytes ?? FakeCompound.CarryOut(call, Files, fault);
        }
        if (fault.HasWrongXid)
            reply[7] ^= 0x55;
        if (fault.Pause > TimeSpan.Zero)
            await Task.Delay(fault.Pause, lifetime.Token);
        await stream.WriteAsync(reply.AsMemory(0, Math.Min(fault.ReplyBytes ?? reply.Length, reply.Length)), lifetime.Token);
        return fault.ReplyBytes is null;
    }
}
