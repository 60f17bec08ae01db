using System.Collections.Concurrent;
using Ankole.Files;

namespace Ankole.Backup;

/// <summary>Rented bytes. Whoever holds this disposes it once, after the last reader of <see cref="Memory"/>.</summary>
/// <remarks>
/// The pool is our own because ArrayPool rounds up to powers of two: a 16 MiB block that did not compress (16 MiB + 31 bytes) would cost 32 MiB.
/// Memory is aligned, so that disks read and write it directly. More than 32 MiB (block lists of huge volumes) is spilled.
/// </remarks>
public sealed class PooledBytes : IDisposable
{
    private const int Granule = 256 << 10, SmallGranule = 4096, LargestPooled = 32 << 20;

    /// <summary>Buffers kept per size and bytes kept in all: what the most parallel operation has in flight.</summary>
    private const int KeptPerSize = 64;
    private const long KeptBytes = 96 << 20;

    private static readonly ConcurrentDictionary<int, ConcurrentBag<Holder>> Pool = new();
    private static long kept;

    private readonly int length;
    private Holder? holder;

    private PooledBytes(Holder holder, int length)
    {
        this.holder = holder;
        this.length = length;
    }

    public Memory<byte> Memory => (holder ?? throw new ObjectDisposedException(nameof(PooledBytes))).Whole[..length];

    public Span<byte> Span => Memory.Span;

    public int Length => length;

    public static PooledBytes Rent(int length)
    {
        if (length > LargestPooled)
            return SpillBuffer.TryCreate(length) is { } spilled
                ? new PooledBytes(new Holder(spilled.Memory) { Spilled = spilled }, length)
                : new PooledBytes(new Holder(GC.AllocateUninitializedArray<byte>(length)), length);
        var size = SizeFor(length);
        if (Pool.TryGetValue(size, out var bag) && bag.TryTake(out var holder))
            Interlocked.Add(ref kept, -size);
        else
            holder = new Holder(DirectIo.Allocate(size));
        return new PooledBytes(holder, length);
    }

    public static PooledBytes CopyOf(ReadOnlySpan<byte> bytes)
    {
        var copy = Rent(bytes.Length);
        bytes.CopyTo(copy.Span);
        return copy;
    }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref holder, null) is not { } returned)
            return;
        (returned.Spilled as IDisposable)?.Dispose();
        if (returned.Whole.Length > LargestPooled)
            return;
        var size = returned.Whole.Length;
        var bag = Pool.GetOrAdd(size, _ => []);
        if (bag.Count < KeptPerSize && Interlocked.Read(ref kept) + size <= KeptBytes)
        {
            Interlocked.Add(ref kept, size);
            bag.Add(returned);
        }
    }

    private static int SizeFor(int length)
    {
        var granule = length > Granule ? Granule : SmallGranule;
        return Math.Max(granule, (length + granule - 1) / granule * granule);
    }

    private sealed record Holder(Memory<byte> Whole)
    {
        public SpillBuffer? Spilled { get; init; }
    }
}
