using System.Net.Sockets;
using Microsoft.Extensions.Logging;

namespace Ankole.Nfs;

/// <summary>Making connection and session, and making them again. One caller at a time does it, the others wait for the outcome.</summary>
internal sealed partial class NfsLink
{
    /// <summary>What a request or an answer holds beside file data: headers, credential, operations, handles.</summary>
    private const int OverheadBytes = 4096;

    /// <summary>Answers that are kept for repetitions (OPEN, RENAME, …) are a few hundred bytes.</summary>
    private const int CachedReplyBytes = 4096;

    /// <summary>Enough for a walk through a deep directory and the work at its end; older Linux servers allow 16.</summary>
    private const int WantedOperations = 64;

    private readonly SemaphoreSlim recoveryGate = new(1);
    private readonly ClientRecord client = new(options.Credential.MachineName);
    private RpcConnection? connection;
    private NfsSession? session;
    private bool hasEverConnected;

    /// <summary>What the server calls itself; empty where it does not.</summary>
    public string ServerImplementation { get; private set; } = "";

    /// <summary>How long the server keeps state without hearing from this client. Set once the export is known.</summary>
    public TimeSpan Lease { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>Data bytes that one READ may ask for in the present session.</summary>
    public int MaxReadBytes => (int)Math.Min(options.ReadBytes, FitIn(session!.Fore.MaxResponseSize));

    /// <summary>Data bytes that one WRITE may carry in the present session.</summary>
    public int MaxWriteBytes => (int)Math.Min(options.WriteBytes, FitIn(session!.Fore.MaxRequestSize));

    /// <summary>Operations that one request may hold in the present session, SEQUENCE included.</summary>
    public int MaxOperations => (int)Math.Min(session!.Fore.MaxOperations, WantedOperations);

    public int MaxInFlight => session!.Slots.Limit;

    private static uint FitIn(uint messageBytes) => messageBytes > OverheadBytes + 512 ? messageBytes - OverheadBytes : 512;

    /// <summary>A live connection and a live session.</summary>
    /// <exception cref="NfsException">There is none within the deadline; for the very first connection, at the first refusal.</exception>
    private async ValueTask<(RpcConnection Connection, NfsSession Session)> ReadyAsync(Deadline deadline, CancellationToken cancellationToken)
    {
        if (connection is { IsAlive: true } live && session is { IsDead: false } valid)
            return (live, valid);
        if (!await recoveryGate.WaitAsync(deadline.Remaining, time, cancellationToken))
            throw NfsErrors.NotAnswering(options, lastRecoveryFailure);
        try
        {
            return await RecoverAsync(deadline, cancellationToken);
        }
        finally
        {
            recoveryGate.Release();
        }
    }

    private string lastRecoveryFailure = "no connection";

    private async ValueTask<(RpcConnection Connection, NfsSession Session)> RecoverAsync(Deadline deadline, CancellationToken cancellationToken)
    {
        var pauses = default(Backoff);
        while (true)
        {
            ObjectDisposedException.ThrowIf(isDisposed, this);
            try
            {
                var usable = connection is { IsAlive: true } alive ? alive : connection = await ConnectAsync(deadline, cancellationToken);
                if (session is not { IsDead: false })
                    session = await CreateSessionAsync(usable, deadline, cancellationToken);
                return (usable, session);
            }
            catch (Exception e) when (e is RpcConnectionLostException or NfsProtocolException or SocketException or TimeoutException)
            {
                lastRecoveryFailure = e.Message;
                if (e is NfsProtocolException)
                    connection?.Abort(e);
                if (e is SocketException { SocketErrorCode: SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain })
                    throw NfsErrors.UnknownHost(options, e);
                if (!hasEverConnected)
                    throw NfsErrors.CannotConnect(options, e);
                if (deadline.HasPassed)
                    throw NfsErrors.NotAnswering(options, lastRecoveryFailure);
            }
            await Task.Delay(deadline.AtMost(pauses.Next()), time, cancellationToken);
        }
    }

    private async Task<RpcConnection> ConnectAsync(Deadline deadline, CancellationToken cancellationToken)
    {
        if (connection is { } old)
        {
            connection = null;
            Log.ConnectionLost(logger, options.Address, lastRecoveryFailure);
            await old.DisposeAsync();
        }
        using var limit = new CancellationTokenSource(deadline.AtMost(options.ConnectTimeout), time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            var stream = await RpcConnection.ConnectAsync(options.Server, options.Port, either.Token);
            var largest = Math.Max(options.ReadBytes, options.WriteBytes) + OverheadBytes;
            return new RpcConnection(stream, largest + OverheadBytes, logger);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"the connection was not accepted within {options.ConnectTimeout.TotalSeconds:0.##} s");
        }
    }

    /// <summary>EXCHANGE_ID where the server does not know this client, CREATE_SESSION, RECLAIM_COMPLETE (RFC 8881, sections 2.4, 2.10.8 and 8.4.2).</summary>
    private async Task<NfsSession> CreateSessionAsync(RpcConnection usable, Deadline deadline, CancellationToken cancellationToken)
    {
        for (var rounds = 0; ; rounds++)
        {
            if (client.ClientId is null)
                await ExchangeIdAsync(usable, deadline, cancellationToken);
            using var reply = await CallOnceAsync(usable, CreateSessionRequest, deadline, cancellationToken);
            switch (reply.Status)
            {
                case NfsStatus.Ok:
                    client.CreateSequence++;
                    var reader = reply.Results;
                    var created = Adopt(reader.CreateSession());
                    hasEverConnected = true;
                    await ReclaimCompleteAsync(usable, created, deadline, cancellationToken);
                    Log.SessionEstablished(logger, options.Address, created.Slots.Limit, (int)Lease.TotalSeconds);
                    return created;
                case NfsStatus.Delay or NfsStatus.Grace when !deadline.HasPassed:
                    await Task.Delay(deadline.AtMost(TimeSpan.FromMilliseconds(200)), time, cancellationToken);
                    break;
                case NfsStatus.StaleClientId when rounds < MaxSessionsPerRequest:
                    client.Forget();
                    break;
                case NfsStatus.SeqMisordered or NfsStatus.ClidInUse or NfsStatus.BadSession when rounds < MaxSessionsPerRequest:
                    client.StartOver();
                    break;
                default:
                    throw NfsErrors.NoSession(options, NfsOperation.CreateSession, reply.Status);
            }
        }
    }

    private CompoundRequest CreateSessionRequest() => CompoundRequest.WithoutSession(options.Credential).CreateSession(
        client.ClientId!.Value, client.CreateSequence,
        new ChannelAttributes(
            (uint)(options.WriteBytes + OverheadBytes), (uint)(options.ReadBytes + OverheadBytes), CachedReplyBytes,
            WantedOperations, (uint)options.MaxRequestsInFlight));

    /// <exception cref="NfsException">The server agrees to less than a session that can do any work.</exception>
    private NfsSession Adopt(CreateSessionResult created)
    {
        var fore = created.Fore;
        if (fore is { MaxRequests: 0 } or { MaxOperations: < 8 } or { MaxRequestSize: < 2048 } or { MaxResponseSize: < 2048 })
            throw NfsErrors.UselessSession(options, fore);
        return new NfsSession(created.Session, fore, (int)Math.Min(fore.MaxRequests, (uint)options.MaxRequestsInFlight), time);
    }

    private async Task ExchangeIdAsync(RpcConnection usable, Deadline deadline, CancellationToken cancellationToken)
    {
        using var reply = await CallOnceAsync(
            usable, () => CompoundRequest.WithoutSession(options.Credential).ExchangeId(client.OwnerId, client.Verifier, "Ankole"),
            deadline, cancellationToken);
        if (reply.Status != NfsStatus.Ok)
            throw NfsErrors.NoSession(options, NfsOperation.ExchangeId, reply.Status);
        var reader = reply.Results;
        var result = reader.ExchangeId();
        client.Adopt(result);
        ServerImplementation = result.Implementation;
    }

    /// <summary>Without it the server keeps this client in its grace period (RFC 8881, section 18.51).</summary>
    private async Task ReclaimCompleteAsync(RpcConnection usable, NfsSession created, Deadline deadline, CancellationToken cancellationToken)
    {
        var slot = await created.Slots.TakeAsync(TimeSpan.Zero, cancellationToken)
            ?? throw new InvalidOperationException("a session without slots was adopted");
        try
        {
            while (true)
            {
                using var reply = await CallOnceAsync(usable, () =>
                {
                    var request = CompoundRequest.InSession(options.Credential, cacheReply: true).ReclaimComplete();
                    request.Stamp(created.Id, slot.Sequence, slot.Id, slot.Id);
                    return request;
                }, deadline, cancellationToken);
                var sequence = SequenceStatus(reply, created, slot);
                if (reply.Status is NfsStatus.Ok or NfsStatus.CompleteAlready)
                    return;
                if (sequence is not (NfsStatus.Ok or NfsStatus.Delay) || reply.Status is not (NfsStatus.Delay or NfsStatus.Grace) || deadline.HasPassed)
                    throw NfsErrors.NoSession(options, NfsOperation.ReclaimComplete, reply.Status);
                await Task.Delay(deadline.AtMost(TimeSpan.FromMilliseconds(200)), time, cancellationToken);
            }
        }
        finally
        {
            created.Slots.Return(slot);
        }
    }

    /// <summary>Makes a connection part of the session (RFC 8881, section 18.34); servers do it by themselves at the first SEQUENCE, mostly.</summary>
    private async ValueTask BindAsync(RpcConnection usable, NfsSession bound, Deadline deadline, CancellationToken cancellationToken)
    {
        using var reply = await CallOnceAsync(
            usable, () => CompoundRequest.WithoutSession(options.Credential).BindConnToSession(bound.Id), deadline, cancellationToken);
        if (reply.Status is NfsStatus.Ok)
            return;
        LoseSession(bound, reply.Status);
    }

    /// <summary>One call outside the slots. When the caller gives up or the time is over, the connection goes with it.</summary>
    /// <exception cref="RpcConnectionLostException">No answer.</exception>
    private async Task<CompoundReply> CallOnceAsync(
        RpcConnection usable, Func<CompoundRequest> create, Deadline deadline, CancellationToken cancellationToken, bool mayAnswerAnother = false)
    {
        using var request = create();
        Counters.Count(request);
        var wire = usable.CallAsync(request.Writer);
        try
        {
            return Parse(await wire.WaitAsync(deadline.AtMost(options.Timeout), time, cancellationToken), request, mayAnswerAnother);
        }
        catch (Exception e) when (e is TimeoutException or OperationCanceledException)
        {
            usable.Abort(NoAnswer(deadline.AtMost(options.Timeout)));
            await EndOfAsync(wire);
            if (e is OperationCanceledException)
                throw;
            throw new RpcConnectionLostException($"no answer within {options.Timeout.TotalSeconds:0.##} s", e);
        }
    }

    private async Task<RpcReply> ReplyOrAbortAsync(RpcConnection usable, Task<RpcReply> wire, TimeSpan limit)
    {
        try
        {
            return await wire.WaitAsync(limit, time);
        }
        catch (TimeoutException)
        {
            usable.Abort(NoAnswer(limit));
            return await wire;
        }
    }

    /// <summary>Until the connection has stopped using the call's bytes.</summary>
    private static async Task EndOfAsync(Task<RpcReply> wire)
    {
        try
        {
            (await wire).Dispose();
        }
        catch (RpcConnectionLostException)
        {
            return; // expected: the connection was just ended
        }
    }

    private static IOException NoAnswer(TimeSpan limit) => new($"no answer within {limit.TotalSeconds:0.##} s");

    private void LoseSession(NfsSession lost, NfsStatus status)
    {
        if (!lost.MarkDead())
            return;
        if (status is NfsStatus.StaleClientId)
            client.Forget();
        Log.SessionLost(logger, options.Address, status);
    }
}
