using System.Diagnostics.CodeAnalysis;

namespace Ankole.Nfs;

/// <summary>
/// The slots of a session. The lowest free one is given out first, so that the highest in use stays low and the server can take slots back
/// (RFC 8881, section 2.10.6.1). No free slot means waiting: this is the bound on requests in flight.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "A SemaphoreSlim without a wait handle holds nothing; waiters of a dead session still need it.")]
internal sealed class SlotTable
{
    private readonly Lock gate = new();
    private readonly Slot[] slots;
    private readonly bool[] inUse;
    private readonly SemaphoreSlim free;
    private readonly TimeProvider time;
    private int limit;
    private int surplus;

    /// <param name="time">By which waiting for a slot is measured.</param>
    public SlotTable(int count, TimeProvider time)
    {
        this.time = time;
        slots = [.. Enumerable.Range(0, count).Select(id => new Slot((uint)id))];
        inUse = new bool[count];
        free = new SemaphoreSlim(count);
        limit = count;
    }

    public int Limit => Volatile.Read(ref limit);

    public uint HighestInUse
    {
        get
        {
            lock (gate)
                return (uint)Math.Max(0, Array.LastIndexOf(inUse, true));
        }
    }

    /// <returns>Null when none became free within <paramref name="timeout"/>.</returns>
    public async ValueTask<Slot?> TakeAsync(TimeSpan timeout, CancellationToken cancellationToken)
    {
        if (!await free.WaitAsync(timeout, time, cancellationToken))
            return null;
        lock (gate)
        {
            var lowest = Array.IndexOf(inUse, false);
            inUse[lowest] = true;
            return slots[lowest];
        }
    }

    public void Return(Slot slot)
    {
        lock (gate)
        {
            inUse[slot.Id] = false;
            if (surplus > 0)
            {
                surplus--;
                return;
            }
        }
        free.Release();
    }

    /// <summary>Follows the server's wish for fewer or more slots; never beyond what the session was made with, never below one.</summary>
    public void SetTarget(uint targetHighestSlot)
    {
        var wanted = (int)Math.Min(targetHighestSlot, (uint)slots.Length - 1) + 1;
        var release = 0;
        lock (gate)
        {
            for (; limit > wanted; limit--)
                surplus++; // the next slot that comes back is not given out again
            for (; limit < wanted; limit++)
            {
                if (surplus > 0)
                    surplus--;
                else
                    release++;
            }
        }
        if (release > 0)
            free.Release(release);
    }
}
