using System.Collections.Concurrent;
using Ankole.Files;

namespace Ankole.Backup;

/// <summary>The buffers of one operation, all of one length. As many exist as ever were in use at once. They are aligned, so that disks read and write them directly.</summary>
internal sealed class BlockBuffers(int length)
{
    /// <summary>The most that is taken from the system at once.</summary>
    private const int MostBytesAtOnce = 8 << 20;

    private readonly ConcurrentBag<Memory<byte>> free = [];
    private int taken;

    public Memory<byte> Take() => free.TryTake(out var buffer) ? buffer : TakeOfNewOnes();

    public void GiveBack(Memory<byte> buffer) => free.Add(buffer);

    /// <summary>As many again as there are, so that an operation of one block takes one.</summary>
    private Memory<byte> TakeOfNewOnes()
    {
        var buffers = DirectIo.AllocateInHugePages(length, Math.Clamp(taken, 1, Math.Max(1, MostBytesAtOnce / length)));
        Interlocked.Add(ref taken, buffers.Length);
        foreach (var buffer in buffers.AsSpan(1))
            free.Add(buffer);
        return buffers[0];
    }
}
