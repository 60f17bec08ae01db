using Microsoft.Extensions.Logging;

namespace Ankole.Nfs;

/// <summary>
/// The way to the server: a connection and a session over it, replaced when they are lost. Requests go through <see cref="ExecuteAsync"/>, which
/// answers each of them or fails within its deadline, whatever the server does:
/// <list type="number">
/// <item>Connection lost or no answer in time: connect again and repeat the request on its slot with its number. The server carries it out
/// once (RFC 8881, section 2.10.6).</item>
/// <item>Session lost (the server was restarted): make a new one and send the request anew, marked as perhaps a repetition.</item>
/// <item>The server asks for time (DELAY, GRACE): wait and send it anew.</item>
/// <item>The caller gives up: it goes at once; its slot stays taken until the server has answered, or is asked about before its next use.</item>
/// </list>
/// </summary>
internal sealed partial class NfsLink(NfsClientOptions options, ILogger logger) : IAsyncDisposable
{
    /// <summary>Sessions lost in the course of one request before it fails: a server that forgets sessions as fast as they are made is no use.</summary>
    private const int MaxSessionsPerRequest = 5;

    private readonly TimeProvider time = options.TimeProvider;
    private readonly Lock settlingGate = new();
    private readonly HashSet<Task> settling = [];

    public NfsClientOptions Options => options;

    /// <summary>Requests sent, repetitions included.</summary>
    public NfsCounters Counters { get; } = new();

    /// <summary>Sends the request and returns its answer, whatever its status is. The request is this method's from now on.</summary>
    /// <exception cref="NfsException">The server cannot be reached or does not answer within the deadline.</exception>
    public async ValueTask<CompoundReply> ExecuteAsync(CompoundRequest request, CancellationToken cancellationToken)
    {
        var attempt = new RequestAttempt(request, new Deadline(time, options.RequestDeadline), new Deadline(time, options.GraceTimeout));
        try
        {
            while (true)
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (await TryExecuteAsync(attempt, cancellationToken) is { } reply)
                    return reply;
            }
        }
        finally
        {
            attempt.ReturnSlot();
            if (!attempt.IsHandedOver)
                request.Dispose();
        }
    }

    /// <summary>One sending. Null: try again.</summary>
    private async ValueTask<CompoundReply?> TryExecuteAsync(RequestAttempt attempt, CancellationToken cancellationToken)
    {
        var (connection, session) = await ReadyAsync(attempt.Deadline, cancellationToken);
        if (attempt.Session != session)
        {
            attempt.ReturnSlot();
            var free = await session.Slots.TakeAsync(attempt.Deadline.Remaining, cancellationToken)
                ?? throw NfsErrors.NotAnswering(options, $"all {session.Slots.Limit} slots of the session are waiting for answers");
            attempt.Adopt(session, free);
        }
        var slot = attempt.Slot!;
        try
        {
            if (slot.IsUncertain && !attempt.IsUnanswered && !await AskAboutSlotAsync(connection, session, slot, attempt, cancellationToken))
                return null;
            attempt.Request.Stamp(session.Id, slot.Sequence, slot.Id, session.Slots.HighestInUse);
            slot.IsUncertain = true;
            attempt.IsUnanswered = true;
            var message = await ExchangeAsync(connection, attempt, cancellationToken);
            return await JudgeAsync(connection, session, slot, attempt, message, cancellationToken);
        }
        catch (Exception e) when (e is RpcConnectionLostException or NfsProtocolException)
        {
            connection.Abort(e);
            attempt.LastFailure = e.Message;
            attempt.IsPutOff = false;
            if (e is NfsProtocolException && ++attempt.Timeouts > options.Retransmissions)
                throw NfsErrors.Garbage(options, e);
            await PauseAsync(attempt, attempt.ReconnectPause(), cancellationToken);
            return null;
        }
    }

    /// <summary>Sends and waits for the answer. When the caller gives up, the slot and the request go to <see cref="SettleAsync"/>.</summary>
    /// <exception cref="RpcConnectionLostException">No answer came over this connection.</exception>
    private async ValueTask<RpcReply> ExchangeAsync(RpcConnection connection, RequestAttempt attempt, CancellationToken cancellationToken)
    {
        Counters.Count(attempt.Request);
        var wire = connection.CallAsync(attempt.Request.Writer);
        var patience = attempt.Deadline.AtMost(options.Timeout);
        try
        {
            return await wire.WaitAsync(patience, time, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            var (session, slot) = attempt.HandOver();
            Track(SettleAsync(connection, wire, attempt.Request, session, slot));
            throw;
        }
        catch (TimeoutException)
        {
            Log.NoAnswer(logger, options.Address, options.Timeout.TotalSeconds);
            connection.Abort(NoAnswer(options.Timeout));
            // Ends at once: with the answer that came in the last moment, or with the loss of the connection.
            try
            {
                return await wire;
            }
            catch (RpcConnectionLostException) when (attempt.IsPutOff && patience < options.Timeout)
            {
                // It has answered all along, to ask for time: what is over is the request's time, not that of this answer.
                throw NfsErrors.StillBusy(options, NfsStatus.Delay, attempt.Deadline.Length);
            }
            catch (RpcConnectionLostException e) when (++attempt.Timeouts > options.Retransmissions || attempt.Deadline.HasPassed)
            {
                throw NfsErrors.NotAnswering(options, e.Message);
            }
        }
    }

    /// <summary>What the answer means for session and slot. Null: the request has to be sent again.</summary>
    private async ValueTask<CompoundReply?> JudgeAsync(
        RpcConnection connection, NfsSession session, Slot slot, RequestAttempt attempt, RpcReply message, CancellationToken cancellationToken)
    {
        var reply = Parse(message, attempt.Request);
        var keep = false;
        try
        {
            var status = SequenceStatus(reply, session, slot);
            switch (status)
            {
                case NfsStatus.Ok:
                    attempt.IsUnanswered = false;
                    attempt.ReturnSlot();
                    if (reply.Status is NfsStatus.Delay or NfsStatus.Grace)
                    {
                        await WaitAsAskedAsync(reply.Status, attempt, cancellationToken);
                        return null;
                    }
                    keep = true;
                    reply.MayBeRepetition = attempt.MayBeRepetition;
                    return reply;
                case NfsStatus.Delay:
                    await WaitAsAskedAsync(status, attempt, cancellationToken);
                    return null;
                case NfsStatus.ConnNotBoundToSession:
                    slot.IsUncertain = false;
                    await BindAsync(connection, session, attempt.Deadline, cancellationToken);
                    return null;
                case NfsStatus.RetryUncachedRep or NfsStatus.SeqFalseRetry:
                    slot.Advance();
                    attempt.ForgetSession(perhapsCarriedOut: true);
                    return null;
                case NfsStatus.BadSession or NfsStatus.DeadSession or NfsStatus.BadSlot or NfsStatus.BadHighSlot or NfsStatus.SeqMisordered
                    or NfsStatus.StaleClientId or NfsStatus.Expired:
                    LoseSession(session, status);
                    attempt.ForgetSession(perhapsCarriedOut: attempt.Sendings > 1);
                    if (++attempt.SessionsLost > MaxSessionsPerRequest)
                        throw NfsErrors.NotAnswering(options, $"{attempt.SessionsLost} sessions were lost in a row, the last with {status}");
                    return null;
                default:
                    keep = true;
                    return reply;
            }
        }
        finally
        {
            if (!keep)
                reply.Dispose();
        }
    }

    private CompoundReply Parse(RpcReply message, CompoundRequest request, bool mayAnswerAnother = false)
    {
        try
        {
            return CompoundReply.Parse(message, mayAnswerAnother ? null : request.Operations.Length);
        }
        catch (RpcRejectedException e)
        {
            message.Dispose();
            throw NfsErrors.Rejected(options, e);
        }
        catch (NfsProtocolException)
        {
            message.Dispose();
            throw;
        }
    }

    /// <summary>SEQUENCE's status; when it succeeded, the slot has moved on and the lease is renewed.</summary>
    private NfsStatus SequenceStatus(CompoundReply reply, NfsSession session, Slot slot)
    {
        if (reply.Count == 0)
            return reply.Status;
        var reader = reply.Results;
        var status = reader.Next(NfsOperation.Sequence);
        if (status != NfsStatus.Ok)
            return status;
        var sequence = reader.SequenceBody();
        if (sequence.Slot != slot.Id || sequence.Sequence != slot.Sequence || !sequence.Session.Bytes.SequenceEqual(session.Id.Bytes))
            throw new NfsProtocolException(
                $"the server answered slot {sequence.Slot} number {sequence.Sequence} where slot {slot.Id} number {slot.Sequence} was asked");
        slot.Advance();
        session.MarkRenewed(time.GetTimestamp());
        session.Slots.SetTarget(sequence.TargetHighestSlot);
        NoteStatusFlags(sequence.StatusFlags);
        return NfsStatus.Ok;
    }

    private async ValueTask WaitAsAskedAsync(NfsStatus status, RequestAttempt attempt, CancellationToken cancellationToken)
    {
        var isGrace = status == NfsStatus.Grace;
        attempt.IsPutOff = !isGrace;
        if (isGrace && attempt.NoteGrace())
            Log.WaitingForGrace(logger, options.Address);
        var limit = isGrace ? attempt.GraceDeadline : attempt.Deadline;
        var pause = isGrace ? TimeSpan.FromSeconds(1) : attempt.DelayPause();
        // After a grace period the deadline starts anew; after a DELAY nothing would be left of it for the next answer.
        var isLast = isGrace ? limit.HasPassed : limit.Remaining <= pause;
        if (!isLast || !isGrace)
            await Task.Delay(limit.AtMost(pause), time, cancellationToken);
        if (isLast)
            throw NfsErrors.StillBusy(options, status, limit.Length);
        if (isGrace)
            attempt.RestartDeadline(new Deadline(time, options.RequestDeadline));
    }

    private async ValueTask PauseAsync(RequestAttempt attempt, TimeSpan pause, CancellationToken cancellationToken)
    {
        if (attempt.Deadline.HasPassed)
            throw NfsErrors.NotAnswering(options, attempt.LastFailure);
        if (pause > TimeSpan.Zero)
            await Task.Delay(attempt.Deadline.AtMost(pause), time, cancellationToken);
    }

    /// <summary><c>SEQ4_STATUS_*</c> (RFC 8881, section 18.46.3). Lost state shows itself at its next use, where the file is begun again.</summary>
    private void NoteStatusFlags(uint flags)
    {
        const uint expiredAll = 0x08, expiredSome = 0x10, adminRevoked = 0x20, leaseMoved = 0x80, restartReclaim = 0x100;
        var relevant = flags & (expiredAll | expiredSome | adminRevoked | leaseMoved | restartReclaim);
        if (relevant == Interlocked.Exchange(ref notedFlags, relevant) || relevant == 0)
            return;
        Log.StatusFlags(logger, options.Address, relevant, (relevant & leaseMoved) != 0 ? "a file system has moved" : "open files were revoked; they are opened again");
    }

    private uint notedFlags;
}
