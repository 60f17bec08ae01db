using System.Buffers;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using Ankole.Core;

namespace Ankole.Nbd;

/// <summary>
/// One connection of a client: callers send under a gate, one receiver hands out the replies. The first failure ends the connection and
/// everything that is in flight on it; nothing is retried here.
/// </summary>
internal sealed class NbdClientConnection : IAsyncDisposable
{
    /// <summary>Payloads up to this size travel in one write with their header.</summary>
    private const int CopyLimit = 16 << 10;

    private readonly NbdUri uri;
    private readonly NbdClientOptions options;
    private readonly Socket socket;
    private readonly TimeProvider time;
    private readonly SemaphoreSlim slots;
    private readonly SemaphoreSlim sendGate = new(1);
    private readonly byte[] sendBuffer = new byte[NbdRequest.ExtendedSize + CopyLimit];
    private readonly Lock gate = new();
    private readonly NbdClientRequest[] requests;
    private readonly Stack<NbdClientRequest> idle = new();
    private readonly ITimer watch;
    private readonly Task receiving;
    private Exception? failure;
    private bool isLeaving;

    public NbdClientConnection(NbdUri uri, NbdClientOptions options, Socket socket, NbdClientSession session, TimeProvider time)
    {
        this.uri = uri;
        this.options = options;
        this.socket = socket;
        this.time = time;
        Session = session;
        slots = new SemaphoreSlim(options.MaxInFlight);
        requests = new NbdClientRequest[options.MaxInFlight];
        for (var i = 0; i < requests.Length; i++)
            idle.Push(requests[i] = new NbdClientRequest(i));
        var period = options.RequestTimeout / 8;
        watch = time.CreateTimer(_ => FailOverdue(), null, period, period);
        receiving = Task.Run(ReceiveAsync);
    }

    public NbdClientSession Session { get; }

    /// <summary>Requests in flight now, roughly.</summary>
    public int Load => options.MaxInFlight - slots.CurrentCount;

    private bool IsExtended => Session.Style == NbdReplyStyle.Extended;

    /// <summary>Sends one request and waits for the whole reply.</summary>
    /// <param name="payload">For writes.</param>
    /// <param name="destination">For reads; filled completely, or the call fails.</param>
    /// <param name="status">For block status; filled with what each context reports.</param>
    /// <param name="cancellationToken">Stops the waiting; a request that was sent may still take effect.</param>
    /// <exception cref="NbdServerException">The server answered with an error.</exception>
    /// <exception cref="AnkoleException">Unavailable: the connection is lost, or the server did not answer in time.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public async ValueTask RequestAsync(
        NbdCommand command, NbdCommandFlags flags, long offset, long length, ReadOnlyMemory<byte> payload, Memory<byte> destination,
        Dictionary<uint, List<StatusRun>>? status, CancellationToken cancellationToken)
    {
        await slots.WaitAsync(cancellationToken);
        var request = Activate(command, IsExtended && command == NbdCommand.Write ? flags | NbdCommandFlags.PayloadLength : flags,
            offset, length, destination, status);
        try
        {
            try
            {
                await SendAsync(request, payload);
            }
            catch (Exception e)
            {
                // Passed on by the receiver, which fails the request once it no longer touches the caller's memory.
                Fail(Lost(e));
            }
            await using (cancellationToken.UnsafeRegister(static request => ((NbdClientRequest)request!).Abandon(), request))
                await request.Completion;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException(cancellationToken);
        }
        finally
        {
            if (request.Leave())
                Free(request);
        }
    }

    /// <summary>Tells the server that we leave, when nothing went wrong before, and closes.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (gate)
            isLeaving = true;
        await watch.DisposeAsync();
        if (Volatile.Read(ref failure) is null)
        {
            try
            {
                await SendDisconnectAsync();
            }
            catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException or OperationCanceledException)
            {
                // The server was faster: either way we are parted.
            }
        }
        Fail(new ObjectDisposedException(nameof(NbdClient)));
        await receiving;
        await Session.Stream.DisposeAsync();
        socket.Dispose();
    }

    private NbdClientRequest Activate(
        NbdCommand command, NbdCommandFlags flags, long offset, long length, Memory<byte> destination, Dictionary<uint, List<StatusRun>>? status)
    {
        lock (gate)
        {
            ObjectDisposedException.ThrowIf(isLeaving, typeof(NbdClient));
            if (failure is not null)
            {
                slots.Release();
                throw Repeat(failure);
            }
            var request = idle.Pop();
            request.Begin(command, flags, offset, length, destination, status, time.GetTimestamp());
            return request;
        }
    }

    private void Free(NbdClientRequest request)
    {
        lock (gate)
            idle.Push(request);
        slots.Release();
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask SendAsync(NbdClientRequest request, ReadOnlyMemory<byte> payload)
    {
        await sendGate.WaitAsync(CancellationToken.None);
        try
        {
            // Not cancelled half way: the server could not tell where the next request begins.
            var length = request.Header.Write(sendBuffer, IsExtended);
            if (payload.Length <= CopyLimit)
            {
                payload.CopyTo(sendBuffer.AsMemory(length));
                await Session.Stream.WriteAsync(sendBuffer.AsMemory(0, length + payload.Length), CancellationToken.None);
            }
            else
            {
                await Session.Stream.WriteAsync(sendBuffer.AsMemory(0, length), CancellationToken.None);
                await Session.Stream.WriteAsync(payload, CancellationToken.None);
            }
        }
        finally
        {
            sendGate.Release();
        }
    }

    private async Task SendDisconnectAsync()
    {
        // A second is enough for 32 bytes, unless the server has stopped reading; then closing tells it as much.
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(1));
        await sendGate.WaitAsync(limit.Token);
        try
        {
            var header = new byte[NbdRequest.SizeOf(IsExtended)];
            new NbdRequest(NbdCommandFlags.None, NbdCommand.Disconnect, 0, 0, 0).Write(header, IsExtended);
            await Session.Stream.WriteAsync(header, limit.Token);
        }
        finally
        {
            sendGate.Release();
        }
    }

    private async Task ReceiveAsync()
    {
        var input = new NbdClientInput(Session.Stream);
        try
        {
            var replies = new NbdReplyReader(uri, Session.Style, input, Find);
            while (true)
            {
                if (await replies.ReadAsync() is { } finished)
                    Complete(finished, finished.Error);
            }
        }
        catch (AnkoleException e)
        {
            Fail(e);
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException or OperationCanceledException)
        {
            Fail(Lost(e));
        }
        finally
        {
            input.Dispose();
            FailAll();
        }
    }

    private NbdClientRequest? Find(ulong cookie)
    {
        var slot = NbdClientRequest.SlotOf(cookie);
        return slot >= 0 && slot < requests.Length && requests[slot] is { IsActive: true } request && request.Header.Cookie == cookie ? request : null;
    }

    private void Complete(NbdClientRequest request, Exception? error)
    {
        request.IsActive = false;
        request.Finish(error);
        if (request.Leave())
            Free(request);
    }

    /// <summary>The first failure counts. Closing the socket wakes the receiver, which tells everybody who waits.</summary>
    private void Fail(Exception exception)
    {
        lock (gate)
            failure ??= exception;
        socket.EndStream(SocketShutdown.Both);
        socket.Close();
    }

    private void FailAll()
    {
        foreach (var request in requests)
        {
            Exception reason;
            lock (gate)
            {
                // From here on Activate refuses, so nobody is missed.
                if (!request.IsActive)
                    continue;
                reason = Repeat(failure!);
            }
            Complete(request, reason);
        }
    }

    private void FailOverdue()
    {
        foreach (var request in requests)
        {
            if (request.IsActive && time.GetElapsedTime(request.StartedAt) > options.RequestTimeout)
            {
                Fail(new AnkoleException(
                    ErrorKind.Unavailable, $"{uri}: the server did not answer a {request.Header.Command} within {options.RequestTimeout.TotalSeconds:0.###} s."));
                return;
            }
        }
    }

    /// <summary>Each caller gets an exception of its own: one object thrown on several threads mixes up their stack traces.</summary>
    private static Exception Repeat(Exception failure) => failure switch
    {
        NbdProtocolException protocol => new NbdProtocolException(protocol.Message, protocol),
        AnkoleException known => new AnkoleException(known.Kind, known.Message, known),
        _ => new ObjectDisposedException(nameof(NbdClient)),
    };

    private AnkoleException Lost(Exception exception) => new(
        ErrorKind.Unavailable, $"{uri}: the server went away: {(exception is EndOfStreamException ? "it closed the connection" : exception.Message)}.", exception);
}
