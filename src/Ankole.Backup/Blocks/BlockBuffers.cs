using System.Collections.Concurrent;
using Ankole.Files;

namespace Ankole.Backup;

/// <summary>The buffers of one operation, all of one length. As many exist as ever were in use at once. They are aligned, so that disks read and write them directly.</summary>
internal sealed class BlockBuffers(int length)
{
    private readonly ConcurrentBag<Memory<byte>> free = [];

    public Memory<byte> Take() => free.TryTake(out var buffer) ? buffer : DirectIo.Allocate(length);

    public void GiveBack(Memory<byte> buffer) => free.Add(buffer);
}
