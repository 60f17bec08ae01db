using System.Diagnostics;
using Ankole.Core;

namespace Ankole.Volumes;

/// <summary>
/// The open files of one chain and the map over them. Files are addressed by slots, small numbers that stay while files come and go, so that a
/// snapshot or a purge need not renumber the map.
/// </summary>
/// <remarks>
/// Look-ups may run at any time. Whoever changes layers or slots keeps writers out meanwhile, and lets readers drain before a slot that was in use
/// gets another file.
/// </remarks>
internal sealed class OpenChain : IDisposable
{
    private const int Slots = 256;

    private readonly DataFile?[] files = new DataFile?[Slots];
    private ChainLayer[] layers = [];
    private long sizeBytes;

    private OpenChain(long sizeBytes)
    {
        this.sizeBytes = sizeBytes;
        Map = new BlockMap(BlocksFor(sizeBytes));
    }

    public BlockMap Map { get; }

    public long SizeBytes => Volatile.Read(ref sizeBytes);

    /// <summary>Oldest first; the backing file, if any, at the very front. A change makes a new array.</summary>
    public ChainLayer[] Layers => Volatile.Read(ref layers);

    public ChainLayer Top => Layers[^1];

    public DataFile TopFile => FileOf(Top.Slot);

    /// <summary>The slot of the backing file, or 0.</summary>
    public byte BackingSlot { get; private set; }

    /// <summary>Opens the files, without reading yet what they hold.</summary>
    /// <param name="chain">Newest first, as <see cref="DiskTree.ChainOf"/> gives it.</param>
    /// <param name="backing">The open backing file; owned by the chain from now on.</param>
    public static OpenChain Open(IReplicaFiles files, IReadOnlyList<Disk> chain, long sizeBytes, bool writable, DataFile? backing)
    {
        var opened = new OpenChain(sizeBytes);
        try
        {
            if (backing is not null)
                opened.BackingSlot = opened.Add(backing.Path, backing).Slot;
            foreach (var disk in chain.Reverse())
                opened.Add(disk.Name, files.OpenData(disk.Name, writable));
            return opened;
        }
        catch
        {
            opened.Dispose();
            throw;
        }
    }

    /// <summary>Fills the map with what each file holds, from the root up.</summary>
    public void LoadMap()
    {
        foreach (var layer in layers)
        {
            var file = FileOf(layer.Slot);
            var length = Math.Min(file.Length, SizeBytes);
            if (layer.Slot == BackingSlot)
                Map.Write(0, BlocksFor(length), layer.Slot);
            else
                file.VisitStoredRanges(new ByteRange(0, length), stored => Write(stored.BlocksCovering(BlockMap.BlockSize), layer.Slot));
        }
    }

    public DataFile FileOf(byte slot) => Volatile.Read(ref files[slot]) ?? throw new UnreachableException($"slot {slot} of the chain is empty");

    public ChainLayer? Find(string disk) => Array.Find(Layers, layer => layer.Disk == disk);

    /// <summary>Puts a file on top.</summary>
    public ChainLayer Add(string disk, DataFile file)
    {
        // Slot 0 says "nobody" in the map.
        var slot = (byte)Array.IndexOf(files, null, 1);
        var layer = new ChainLayer(disk, slot);
        Volatile.Write(ref files[slot], file);
        Volatile.Write(ref layers, [.. layers, layer]);
        return layer;
    }

    public void Rename(ChainLayer layer, string disk) =>
        Volatile.Write(ref layers, [.. layers.Select(other => other == layer ? layer with { Disk = disk } : other)]);

    /// <summary>Takes a layer away. Its slot still answers, with <paramref name="stands"/>, until <see cref="FreeSlot"/>.</summary>
    public void RemoveLayer(ChainLayer layer, DataFile stands)
    {
        Volatile.Write(ref layers, [.. layers.Where(other => other != layer)]);
        SetFile(layer.Slot, stands);
    }

    public void SetFile(byte slot, DataFile file) => Volatile.Write(ref files[slot], file);

    public void FreeSlot(byte slot) => Volatile.Write(ref files[slot], null);

    public void Grow(long sizeBytes)
    {
        Map.Grow(BlocksFor(sizeBytes));
        Volatile.Write(ref this.sizeBytes, sizeBytes);
    }

    /// <summary>
    /// Fills the destination from the page cache, run by run, on the calling thread.
    /// </summary>
    /// <returns>Bytes filled; fewer than asked for when the next ones are on the disk.</returns>
    public int ReadCached(long offset, Span<byte> destination)
    {
        var done = 0;
        while (done < destination.Length)
        {
            var (file, length) = FindRun(offset + done, destination.Length - done);
            var part = destination.Slice(done, length);
            if (file is null)
            {
                part.Clear();
                done += length;
                continue;
            }
            var read = file.TryReadCached(offset + done, part);
            if (read < 0)
                break;
            done += read;
        }
        return done;
    }

    /// <summary>As <see cref="ReadCached"/>, waiting for the disk where needed, for several runs at once.</summary>
    public async ValueTask ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        var waits = new List<Task>();
        try
        {
            for (var done = 0; done < destination.Length;)
            {
                var (file, length) = FindRun(offset + done, destination.Length - done);
                var part = destination.Slice(done, length);
                var read = file is null ? Clear(part) : Math.Max(0, file.TryReadCached(offset + done, part.Span));
                if (read < length)
                {
                    if (waits.Count == MaxRunsInFlight)
                        await WhenOneIsDoneAsync(waits);
                    waits.Add(file!.ReadAsync(offset + done + read, part[read..], cancellationToken).AsTask());
                }
                done += length;
            }
        }
        finally
        {
            // The buffers belong to the caller: nothing may be written into them after this returns.
            await Task.WhenAll(waits);
        }
    }

    public void Dispose()
    {
        foreach (var file in files)
            file?.Dispose();
    }

    public static long BlocksFor(long bytes) => (bytes + BlockMap.BlockSize - 1) / BlockMap.BlockSize;

    /// <summary>As many disk reads as one request may have under way: enough to keep a disk queue busy.</summary>
    private const int MaxRunsInFlight = 16;

    /// <summary>The file that owns the byte (null: a hole) and how many bytes from there on it owns.</summary>
    private (DataFile? File, int Length) FindRun(long offset, int limit)
    {
        var block = offset / BlockMap.BlockSize;
        var run = Map.Find(block, BlocksFor(offset + limit) - block);
        var length = (int)Math.Min(limit, (run.End * BlockMap.BlockSize) - offset);
        return (run.Entry.IsNone ? null : FileOf(run.Entry.Owner), length);
    }

    private static int Clear(Memory<byte> part)
    {
        part.Span.Clear();
        return part.Length;
    }

    private static async Task WhenOneIsDoneAsync(List<Task> waits)
    {
        var done = await Task.WhenAny(waits);
        waits.Remove(done);
        await done;
    }

    private void Write(ByteRange blocks, byte slot) =>
        Map.Write(blocks.Offset / BlockMap.BlockSize, blocks.Length / BlockMap.BlockSize, slot);
}
