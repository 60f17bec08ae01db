using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Ankole.Volumes;

/// <summary>
/// The map of one 2 MiB region, in the smallest form that says it:
/// <code>
/// null            every block is a hole                          0 bytes
/// UniformRegion   every block has the same entry                 shared by all such regions
/// uint[]          a few runs: start &lt;&lt; 16 | entry, ascending,   4 bytes a run; unused places at the end hold the largest number
///                 each reaching to the next one's start          and so keep the array sorted
/// DenseRegion     more runs than that                            592 bytes
/// </code>
/// Callers hold the region's lock.
/// </summary>
internal static class MapRegion
{
    public const int Blocks = 512;

    /// <summary>At 128 runs of 4 bytes an array is as large as the dense form.</summary>
    private const int MostRuns = 128;

    /// <summary>Well below <see cref="MostRuns"/>, so that a region at the border does not change its form with each write.</summary>
    private const int FewRuns = 48;

    private const uint Unused = uint.MaxValue;

    /// <summary>The run that holds <paramref name="block"/> (0 … 511), with its bounds inside the region.</summary>
    public static (int Start, int End, MapEntry Entry) Find(object? region, int block) => region switch
    {
        null => (0, Blocks, MapEntry.None),
        UniformRegion uniform => (0, Blocks, uniform.Entry),
        uint[] runs => FindRun(runs, block),
        DenseRegion dense => dense.Find(block),
        _ => throw new UnreachableException(),
    };

    /// <summary>Applies a change to the blocks [<paramref name="start"/>, <paramref name="end"/>).</summary>
    /// <returns>The region's new form, perhaps the same object changed in place.</returns>
    public static object? Change<TChange>(object? region, int start, int end, TChange change) where TChange : struct, IMapChange
    {
        if (region is DenseRegion dense)
        {
            dense.Change(start, end, change);
            if (dense.Runs > FewRuns)
                return dense;
        }

        Span<uint> changed = stackalloc uint[Blocks];
        var count = 0;
        for (var at = 0; at < Blocks;)
        {
            var (_, runEnd, entry) = Find(region, at);
            var inside = at >= start && at < end;
            // Cut the run where the changed range begins or ends.
            var stop = at < start ? Math.Min(runEnd, start) : inside ? Math.Min(runEnd, end) : runEnd;
            var bits = (uint)(inside && region is not DenseRegion ? change.Apply(entry) : entry).Bits;
            if (count == 0 || (changed[count - 1] & 0xFFFF) != bits)
                changed[count++] = ((uint)at << 16) | bits;
            at = stop;
        }
        return Store(region, changed[..count]);
    }

    private static object? Store(object? region, ReadOnlySpan<uint> runs)
    {
        if (runs.Length == 1)
            return UniformRegion.Of(MapEntry.FromBits((int)(runs[0] & 0xFFFF)));
        if (runs.Length > MostRuns)
            return DenseRegion.Of(runs);
        if (region is not uint[] array || array.Length < runs.Length || array.Length > runs.Length * 4)
            array = new uint[runs.Length < 4 ? runs.Length : Math.Min((runs.Length + 3) & ~3, MostRuns)];
        runs.CopyTo(array);
        array.AsSpan(runs.Length).Fill(Unused);
        return array;
    }

    private static (int Start, int End, MapEntry Entry) FindRun(uint[] runs, int block)
    {
        var low = 0;
        var high = runs.Length - 1;
        while (low < high)
        {
            var middle = (low + high + 1) >> 1;
            if (runs[middle] >> 16 <= (uint)block)
                low = middle;
            else
                high = middle - 1;
        }
        var end = low + 1 < runs.Length && runs[low + 1] != Unused ? (int)(runs[low + 1] >> 16) : Blocks;
        return ((int)(runs[low] >> 16), end, MapEntry.FromBits((int)(runs[low] & 0xFFFF)));
    }

    /// <summary>One object for each possible entry.</summary>
    private sealed class UniformRegion(MapEntry entry)
    {
        private static readonly UniformRegion[] All =
            [.. Enumerable.Range(0, 1 << MapEntry.BitCount).Select(bits => new UniformRegion(MapEntry.FromBits(bits)))];

        public MapEntry Entry { get; } = entry;

        public static UniformRegion? Of(MapEntry entry) => entry.IsNone ? null : All[entry.Bits];
    }

    /// <summary>One owner byte and one bit for every block.</summary>
    private sealed class DenseRegion
    {
        private Owners owners;
        private CoverBits covers;

        /// <summary>How many runs it would be.</summary>
        public int Runs { get; private set; }

        public static DenseRegion Of(ReadOnlySpan<uint> runs)
        {
            var region = new DenseRegion { Runs = runs.Length };
            for (var i = 0; i < runs.Length; i++)
            {
                var end = i + 1 < runs.Length ? (int)(runs[i + 1] >> 16) : Blocks;
                for (var block = (int)(runs[i] >> 16); block < end; block++)
                    region.Set(block, MapEntry.FromBits((int)(runs[i] & 0xFFFF)));
            }
            return region;
        }

        public (int Start, int End, MapEntry Entry) Find(int block)
        {
            var entry = Get(block);
            var start = block;
            while (start > 0 && Get(start - 1) == entry)
                start--;
            var end = block + 1;
            while (end < Blocks && Get(end) == entry)
                end++;
            return (start, end, entry);
        }

        public void Change<TChange>(int start, int end, TChange change) where TChange : struct, IMapChange
        {
            Runs -= Borders(start, end);
            for (var block = start; block < end; block++)
                Set(block, change.Apply(Get(block)));
            Runs += Borders(start, end);
        }

        /// <summary>The places where a run begins that a change of [start, end) can make or remove.</summary>
        private int Borders(int start, int end)
        {
            var borders = 0;
            for (var block = Math.Max(start, 1); block <= end && block < Blocks; block++)
                borders += Get(block) == Get(block - 1) ? 0 : 1;
            return borders;
        }

        private MapEntry Get(int block) => new(owners[block], (covers[block >> 6] >> (block & 63) & 1) != 0);

        private void Set(int block, MapEntry entry)
        {
            owners[block] = entry.Owner;
            var bit = 1UL << (block & 63);
            covers[block >> 6] = entry.Covers ? covers[block >> 6] | bit : covers[block >> 6] & ~bit;
        }

        [InlineArray(Blocks)]
        private struct Owners
        {
            private byte first;
        }

        [InlineArray(Blocks / 64)]
        private struct CoverBits
        {
            private ulong first;
        }
    }
}
