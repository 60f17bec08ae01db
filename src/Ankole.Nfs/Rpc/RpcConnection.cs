using System.Buffers.Binary;
using System.Net.Sockets;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace Ankole.Nfs;

/// <summary>
/// ONC RPC over one TCP connection (RFC 5531): many calls in flight, matched to their replies by xid. It never repeats a call: NFSv4.1 forbids
/// that on one connection (RFC 8881, section 2.9.2). When it ends, for whatever reason, every open call ends with
/// <see cref="RpcConnectionLostException"/>.
/// </summary>
/// <remarks>
/// One loop sends and one receives, so a caller that gives up never tears a record apart. Calls in flight are bounded by the session's slots.
/// </remarks>
internal sealed class RpcConnection : IAsyncDisposable
{
    private readonly Stream stream;
    private readonly RecordReader records;
    private readonly ILogger logger;
    private readonly Lock gate = new();
    private readonly Dictionary<uint, PendingCall> pending = [];
    private readonly Channel<PendingCall> outgoing = Channel.CreateUnbounded<PendingCall>(new UnboundedChannelOptions { SingleReader = true });

    // Without a timer it owns nothing to dispose, and Abort may come from any side at any time.
    private readonly CancellationTokenSource lifetime = new();
    private readonly Task running;
    private Exception? failure;
    private uint nextXid = (uint)Random.Shared.Next();

    public RpcConnection(Stream stream, int maxRecordBytes, ILogger logger)
    {
        this.stream = stream;
        this.logger = logger;
        records = new RecordReader(stream, maxRecordBytes);
        running = RunAsync();
    }

    public bool IsAlive => Volatile.Read(ref failure) is null;

    /// <summary>A connected TCP stream. The first address that accepts is taken.</summary>
    /// <exception cref="SocketException">No address accepts.</exception>
    public static async Task<Stream> ConnectAsync(string host, int port, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(host, port, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Sends a call whose bytes stay the connection's until the returned task ends.</summary>
    /// <param name="writer">A call with its header; mark and xid are filled in here.</param>
    public Task<RpcReply> CallAsync(XdrWriter writer)
    {
        lock (gate)
        {
            if (failure is { } reason)
                return Task.FromException<RpcReply>(Lost(reason));
            var xid = ++nextXid;
            RpcCallHeader.Complete(writer, xid);
            var call = new PendingCall(xid, writer.Written);
            pending.Add(xid, call);
            outgoing.Writer.TryWrite(call);
            return call.Completion;
        }
    }

    /// <summary>Ends the connection; open calls end with <paramref name="reason"/> as soon as both loops have stopped.</summary>
    public void Abort(Exception reason)
    {
        lock (gate)
        {
            if (failure is not null)
                return;
            failure = reason;
        }
        outgoing.Writer.TryComplete();
        lifetime.Cancel();
        stream.Dispose();
    }

    public async ValueTask DisposeAsync()
    {
        Abort(new ObjectDisposedException(nameof(RpcConnection), "the connection was closed by this side"));
        await running;
    }

    private async Task RunAsync()
    {
        await Task.Yield();
        await Task.WhenAll(UntilItFailsAsync(SendLoopAsync), UntilItFailsAsync(ReceiveLoopAsync));
        PendingCall[] open;
        lock (gate)
        {
            open = [.. pending.Values];
            pending.Clear();
        }
        var lost = Lost(failure!);
        foreach (var call in open)
            call.Fail(lost);
        records.Dispose();
    }

    private async Task UntilItFailsAsync(Func<CancellationToken, Task> loop)
    {
        try
        {
            await loop(lifetime.Token);
        }
        catch (Exception e) when (e is IOException or SocketException or NfsProtocolException or ObjectDisposedException or OperationCanceledException)
        {
            Abort(e);
        }
    }

    private async Task SendLoopAsync(CancellationToken cancellationToken)
    {
        await foreach (var call in outgoing.Reader.ReadAllAsync(cancellationToken))
        {
            await stream.WriteAsync(call.Record, cancellationToken);
            if (call.MarkSent())
                Forget(call);
        }
    }

    private async Task ReceiveLoopAsync(CancellationToken cancellationToken)
    {
        while (await records.ReadAsync(cancellationToken) is { } reply)
        {
            var isDuplicate = true;
            if (FindCall(reply) is { } call && call.MarkReplied(reply, out isDuplicate))
                Forget(call);
            if (isDuplicate)
            {
                // Nothing here is waiting for it: a stray message is dropped, and the call it may have been meant for runs into its time limit.
                Log.UnexpectedReply(logger, reply.Message.Length);
                reply.Dispose();
            }
        }
        Abort(new IOException("the server closed the connection"));
    }

    private PendingCall? FindCall(RpcReply reply)
    {
        if (reply.Message.Length < 4)
            return null;
        lock (gate)
            return pending.GetValueOrDefault(BinaryPrimitives.ReadUInt32BigEndian(reply.Message));
    }

    private void Forget(PendingCall call)
    {
        lock (gate)
            pending.Remove(call.Xid);
    }

    private static RpcConnectionLostException Lost(Exception reason) => new(reason switch
    {
        OperationCanceledException => "the connection was closed",
        _ => reason.Message,
    }, reason);
}
