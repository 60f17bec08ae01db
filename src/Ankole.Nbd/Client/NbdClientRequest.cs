using System.Threading.Tasks.Sources;
using Ankole.Core;

namespace Ankole.Nbd;

/// <summary>
/// One request of a client, from its slot to its last reply chunk. Pooled per connection. Two parties use it: the caller who waits, and the
/// receiver who fills <see cref="Destination"/>; the slot is free again when both are done.
/// </summary>
/// <remarks>
/// A caller that gives up may not return while the receiver writes into its memory: <see cref="TryEnterDestination"/> and
/// <see cref="Abandon"/> exclude each other.
/// </remarks>
internal sealed class NbdClientRequest(int index) : IValueTaskSource
{
    private const int Waiting = 0, Filling = 1, Finished = 2, Abandoned = 3;

    private readonly List<ByteRange> covered = [];
    private ManualResetValueTaskSourceCore<bool> source = new() { RunContinuationsAsynchronously = true };
    private int state, parties;
    private volatile bool isCancelled;
    private uint generation;

    public NbdRequest Header { get; private set; }

    /// <summary>For reads: exactly the request's length.</summary>
    public Memory<byte> Destination { get; private set; }

    /// <summary>For block status: what each context reported, by id.</summary>
    public Dictionary<uint, List<StatusRun>>? Status { get; private set; }

    public long StartedAt { get; private set; }

    /// <summary>The error of an earlier chunk; the reply still has to end.</summary>
    public Exception? Error { get; set; }

    public bool IsActive { get; set; }

    public ValueTask Completion => new(this, source.Version);

    /// <summary>Low half: the slot; high half: how often it was used, so that a late or doubled reply is recognised.</summary>
    private ulong Cookie => ((ulong)generation << 32) | (uint)index;

    public static int SlotOf(ulong cookie) => (int)(uint)cookie;

    public void Begin(
        NbdCommand command, NbdCommandFlags flags, long offset, long length, Memory<byte> destination,
        Dictionary<uint, List<StatusRun>>? status, long now)
    {
        generation++;
        Header = new NbdRequest(flags, command, Cookie, (ulong)offset, (ulong)length);
        (Destination, Status, StartedAt, Error, isCancelled, IsActive) = (destination, status, now, null, false, true);
        covered.Clear();
        state = Waiting;
        parties = 2;
        source.Reset();
    }

    /// <returns>False when the caller has given up: the bytes go nowhere.</returns>
    public bool TryEnterDestination() => Interlocked.CompareExchange(ref state, Filling, Waiting) == Waiting;

    public void LeaveDestination()
    {
        Volatile.Write(ref state, Waiting);
        if (isCancelled)
            Abandon();
    }

    /// <summary>The caller gives up. Takes effect at once, or when the chunk that is arriving has arrived.</summary>
    public void Abandon()
    {
        isCancelled = true;
        if (Interlocked.CompareExchange(ref state, Abandoned, Waiting) == Waiting)
            source.SetException(new OperationCanceledException());
    }

    /// <summary>Called by the receiver when no more chunks will come.</summary>
    public void Finish(Exception? error)
    {
        if (Interlocked.CompareExchange(ref state, Finished, Waiting) != Waiting)
            return;
        if (error is null)
            source.SetResult(true);
        else
            source.SetException(error);
    }

    /// <summary>Each party says once that it is done.</summary>
    /// <returns>True for the last one, who frees the slot.</returns>
    public bool Leave() => Interlocked.Decrement(ref parties) == 0;

    /// <summary>Notes that a chunk covers a part of the destination.</summary>
    /// <returns>False when the part lies outside, or was covered before.</returns>
    public bool TryCover(ulong offset, ulong length)
    {
        if (length == 0 || offset < Header.Offset || offset - Header.Offset > Header.Length || length > Header.Length - (offset - Header.Offset))
            return false;
        var part = new ByteRange((long)offset, (long)length);
        if (covered.Count > 0 && part.Offset == covered[^1].End)
        {
            covered[^1] = ByteRange.FromTo(covered[^1].Offset, part.End);
            return covered.Count == 1 || !Overlaps(part, covered.Count - 1);
        }
        if (Overlaps(part, covered.Count))
            return false;
        covered.Add(part);
        return true;
    }

    public bool IsCovered => covered.Sum(part => part.Length) == (long)Header.Length;

    public void GetResult(short token) => source.GetResult(token);

    public ValueTaskSourceStatus GetStatus(short token) => source.GetStatus(token);

    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        source.OnCompleted(continuation, state, token, flags);

    private bool Overlaps(ByteRange part, int count)
    {
        for (var i = 0; i < count; i++)
            if (!covered[i].Intersect(part).IsEmpty)
                return true;
        return false;
    }
}
