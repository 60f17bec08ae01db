using Ankole.Core;
using Ankole.Files;

namespace Ankole.Backup;

/// <summary>
/// A set of checksums that numbers its members from 0 in the order they came. 44 to 60 bytes each, in spilled memory when they are many. Not thread-safe.
/// </summary>
internal sealed class ChecksumSet
{
    private readonly LargeList<BlockChecksum> members;

    /// <summary>Open addressing, at most half full; member number + 1, 0 is free.</summary>
    private LargeList<int> slots;

    public ChecksumSet(int capacity = 16)
    {
        members = new LargeList<BlockChecksum>(Math.Max(16, capacity));
        slots = LargeList.OfZeroes<int>(SlotsFor(Math.Max(16, capacity)));
    }

    public int Count => members.Count;

    public BlockChecksum this[int number] => members[number];

    public bool Contains(in BlockChecksum checksum) => slots[SlotOf(checksum)] != 0;

    /// <summary>The member's number, or -1.</summary>
    public int NumberOf(in BlockChecksum checksum) => slots[SlotOf(checksum)] - 1;

    /// <returns>False when it was a member already.</returns>
    public bool Add(in BlockChecksum checksum)
    {
        var slot = SlotOf(checksum);
        if (slots[slot] != 0)
            return false;
        if (SlotsFor(Count + 1) > slots.Count)
        {
            Grow();
            slot = SlotOf(checksum);
        }
        members.Add(checksum);
        slots[slot] = Count;
        return true;
    }

    private int SlotOf(in BlockChecksum checksum)
    {
        var mask = slots.Count - 1;
        var slot = checksum.GetHashCode() & mask;
        while (slots[slot] != 0 && members[slots[slot] - 1] != checksum)
            slot = (slot + 1) & mask;
        return slot;
    }

    private void Grow()
    {
        slots = LargeList.OfZeroes<int>(SlotsFor(Count + 1));
        for (var number = 0; number < Count; number++)
            slots[SlotOf(members[number])] = number + 1;
    }

    private static int SlotsFor(int members) => (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)members * 2);
}
