using Ankole.Core;

namespace Ankole.Volumes;

/// <summary>
/// Which file owns each block of a volume. Memory follows what is fragmented, not the volume's size: a table of 1 GiB areas, made when something is
/// first stored there, of 2 MiB regions, each in the smallest form that says it (<see cref="MapRegion"/>). A block 4 KiB apart from all others costs
/// about 50 bytes; a region written from end to end costs its 8-byte place; the worst region costs 600 bytes.
/// </summary>
/// <remarks>
/// Safe for any number of readers and writers: each change and each look-up is atomic within a region. <see cref="Grow"/> stands alone with
/// respect to changes, not to look-ups.
/// </remarks>
internal sealed class BlockMap
{
    /// <summary>The unit of ownership in bytes (Longhorn replica format, section 5).</summary>
    public const int BlockSize = 4096;

    public const long RegionBytes = (long)MapRegion.Blocks * BlockSize;

    private const int RegionsPerArea = 512;

    /// <summary>A change takes well under a microsecond, so a few locks serve all regions of two, or sixty-four, busy cores.</summary>
    private readonly Lock[] locks = [.. Enumerable.Range(0, 64).Select(_ => new Lock())];
    private object?[]?[] areas;

    public BlockMap(long blocks)
    {
        areas = new object?[AreasFor(blocks)][];
        Blocks = blocks;
    }

    public long Blocks { get; private set; }

    /// <summary>The run around <paramref name="block"/>, from that block on, no longer than <paramref name="limit"/> blocks.</summary>
    public MapRun Find(long block, long limit)
    {
        var run = FindInRegion(block);
        while (run.Count < limit && run.End < Blocks)
        {
            var next = FindInRegion(run.End);
            if (next.Entry != run.Entry)
                break;
            run = run with { Count = run.Count + next.Count };
        }
        return run with { Count = Math.Min(Math.Min(run.Count, limit), Blocks - block) };
    }

    /// <summary>All runs of the range, touching and ascending.</summary>
    public IEnumerable<MapRun> Runs(long first, long count)
    {
        for (var block = first; block < first + count;)
        {
            var run = Find(block, first + count - block);
            yield return run;
            block = run.End;
        }
    }

    /// <summary>Says that <paramref name="owner"/>, younger than every owner so far, now holds the blocks.</summary>
    public void Write(long first, long count, byte owner) => Change(first, count, new WrittenBy(owner));

    public void Set(long first, long count, MapEntry entry) => Change(first, count, new Becomes(entry));

    /// <summary>Gives every block of one slot to another. Both must mean the same file while it runs.</summary>
    public void ReplaceOwner(byte from, byte to)
    {
        for (var area = 0; area < areas.Length; area++)
        {
            if (areas[area] is not null)
                Change((long)area * RegionsPerArea * MapRegion.Blocks, (long)RegionsPerArea * MapRegion.Blocks, new OwnerReplaced(from, to));
        }
    }

    /// <summary>More blocks, all holes.</summary>
    public void Grow(long blocks)
    {
        var grown = areas;
        Array.Resize(ref grown, AreasFor(blocks));
        Volatile.Write(ref areas, grown);
        Blocks = blocks;
    }

    private void Change<TChange>(long first, long count, TChange change) where TChange : struct, IMapChange
    {
        for (var block = first; block < first + count;)
        {
            var region = block / MapRegion.Blocks;
            var start = (int)(block % MapRegion.Blocks);
            var end = (int)Math.Min(MapRegion.Blocks, start + (first + count - block));
            ref var place = ref PlaceOf(region);
            lock (locks[region % locks.Length])
            {
                var (runStart, runEnd, entry) = MapRegion.Find(place, start);
                // Writing again what the head holds already is the commonest change, and none.
                if (runStart > start || runEnd < end || change.Apply(entry) != entry)
                    place = MapRegion.Change(place, start, end, change);
            }
            block += end - start;
        }
    }

    private MapRun FindInRegion(long block)
    {
        var region = block / MapRegion.Blocks;
        var at = (int)(block % MapRegion.Blocks);
        var area = Volatile.Read(ref areas)[region / RegionsPerArea];
        if (area is null)
            return new MapRun(block, ((long)RegionsPerArea * MapRegion.Blocks) - (block % (RegionsPerArea * MapRegion.Blocks)), MapEntry.None);
        lock (locks[region % locks.Length])
        {
            var (_, end, entry) = MapRegion.Find(area[region % RegionsPerArea], at);
            return new MapRun(block, end - at, entry);
        }
    }

    private ref object? PlaceOf(long region)
    {
        ref var area = ref areas[region / RegionsPerArea];
        if (area is null)
            Interlocked.CompareExchange(ref area, new object?[RegionsPerArea], null);
        return ref area[region % RegionsPerArea];
    }

    private static int AreasFor(long blocks) => (int)(ByteRange.RoundUp(blocks, RegionsPerArea * MapRegion.Blocks) / (RegionsPerArea * MapRegion.Blocks));
}
