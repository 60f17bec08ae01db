namespace Ankole.Nfs;

/// <summary>What becomes of a slot whose request nobody waits for any more.</summary>
internal sealed partial class NfsLink
{
    private void Track(Task task)
    {
        lock (settlingGate)
        {
            settling.RemoveWhere(ended => ended.IsCompleted);
            settling.Add(task);
        }
    }

    /// <summary>Waits for the answer to a request whose caller has gone, so that the slot's number is known again.</summary>
    private async Task SettleAsync(RpcConnection connection, Task<RpcReply> wire, CompoundRequest request, NfsSession session, Slot slot)
    {
        try
        {
            using var reply = Parse(await ReplyOrAbortAsync(connection, wire, options.Timeout), request);
            SequenceStatus(reply, session, slot);
        }
        catch (Exception e) when (e is RpcConnectionLostException or NfsProtocolException or NfsException)
        {
            slot.IsUncertain = true; // asked about before its next use
        }
        finally
        {
            request.Dispose();
            session.Slots.Return(slot);
        }
    }

    /// <summary>
    /// Sends a bare SEQUENCE with the number in question. The server either takes it as new, or shows that the number was used; both ways
    /// the slot can go on with the next one.
    /// </summary>
    /// <returns>False: the session is lost.</returns>
    private async ValueTask<bool> AskAboutSlotAsync(
        RpcConnection connection, NfsSession session, Slot slot, RequestAttempt attempt, CancellationToken cancellationToken)
    {
        while (true)
        {
            using var reply = await CallOnceAsync(connection, () =>
            {
                var probe = CompoundRequest.InSession(options.Credential, cacheReply: false);
                probe.Stamp(session.Id, slot.Sequence, slot.Id, session.Slots.HighestInUse);
                return probe;
            }, attempt.Deadline, cancellationToken, mayAnswerAnother: true);
            switch (FirstStatus(reply))
            {
                case NfsStatus.Ok or NfsStatus.RetryUncachedRep or NfsStatus.SeqFalseRetry:
                    slot.Advance();
                    return true;
                case NfsStatus.Delay:
                    await WaitAsAskedAsync(NfsStatus.Delay, attempt, cancellationToken);
                    break;
                case NfsStatus.ConnNotBoundToSession:
                    await BindAsync(connection, session, attempt.Deadline, cancellationToken);
                    break;
                case var status:
                    LoseSession(session, status);
                    attempt.ForgetSession(perhapsCarriedOut: false);
                    return false;
            }
        }
    }

    private static NfsStatus FirstStatus(CompoundReply reply)
    {
        if (reply.Count == 0)
            return reply.Status;
        var reader = reply.Results;
        return reader.Next(NfsOperation.Sequence);
    }
}
