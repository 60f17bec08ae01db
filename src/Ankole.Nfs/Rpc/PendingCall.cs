namespace Ankole.Nfs;

/// <summary>
/// A call between its sending and its reply. It completes when the reply is there <em>and</em> the sender no longer reads the call's bytes,
/// so that a server which answers early cannot make a buffer be reused while it is being sent.
/// </summary>
internal sealed class PendingCall(uint xid, ReadOnlyMemory<byte> record)
{
    private readonly TaskCompletionSource<RpcReply> completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private RpcReply? reply;
    private int halves;

    public uint Xid { get; } = xid;

    public ReadOnlyMemory<byte> Record { get; } = record;

    public Task<RpcReply> Completion => completion.Task;

    /// <returns>True: the call is complete.</returns>
    public bool MarkSent() => CompleteHalf();

    /// <summary>Called by the receiving loop alone.</summary>
    /// <param name="duplicate">True when there was a reply already; this one stays the caller's.</param>
    /// <returns>True: the call is complete.</returns>
    public bool MarkReplied(RpcReply received, out bool duplicate)
    {
        duplicate = reply is not null;
        if (duplicate)
            return false;
        reply = received;
        return CompleteHalf();
    }

    /// <summary>Called when neither loop of the connection runs any more.</summary>
    public void Fail(Exception reason)
    {
        if (completion.TrySetException(reason))
            reply?.Dispose();
    }

    private bool CompleteHalf() => Interlocked.Increment(ref halves) == 2 && completion.TrySetResult(reply!);
}
