namespace Ankole.Volumes.Tests;

public sealed class BlockMapTests
{
    private const int Blocks = 512 * 6;

    /// <summary>The same changes on the map and on an array of entries, from few runs to a dense region and back.</summary>
    [Theory]
    [InlineData(1, 600)]
    [InlineData(2, 40)]
    [InlineData(3, 4)]
    [InlineData(4, 1)]
    public void Any_changes_agree_with_an_array(int seed, int longest)
    {
        var random = new Random(seed);
        var map = new BlockMap(Blocks);
        var array = new MapEntry[Blocks];
        for (var step = 0; step < 6000; step++)
        {
            var first = random.Next(Blocks);
            var count = Math.Min(random.Next(longest) + 1, Blocks - first);
            var owner = (byte)random.Next(1, 6);
            switch (random.Next(8))
            {
                case 0:
                    var entry = random.Next(2) == 0 ? MapEntry.None : new MapEntry(owner, random.Next(2) == 0);
                    map.Set(first, count, entry);
                    Array.Fill(array, entry, first, count);
                    break;
                case 1 when step % 50 == 0:
                    var to = (byte)random.Next(1, 6);
                    map.ReplaceOwner(owner, to);
                    for (var i = 0; i < Blocks; i++)
                        array[i] = array[i].Owner == owner ? array[i] with { Owner = to } : array[i];
                    break;
                default:
                    map.Write(first, count, owner);
                    for (var i = first; i < first + count; i++)
                        array[i] = array[i].WrittenBy(owner);
                    break;
            }
            if (step % 100 == 0)
                Compare(map, array);
        }
        map.Set(0, Blocks, MapEntry.None);
        Compare(map, new MapEntry[Blocks]);
    }

    [Fact]
    public void A_run_is_found_across_regions_and_areas_up_to_the_limit()
    {
        var map = new BlockMap(512 * 512 * 3);
        map.Write(100, (512 * 512 * 2) - 100, 3);
        var run = map.Find(200, long.MaxValue / 2);
        Assert.Equal(new MapRun(200, (512 * 512 * 2) - 200, new MapEntry(3, Covers: false)), run);
        Assert.Equal(50, map.Find(200, 50).Count);
        Assert.Equal(512 * 512, map.Find(512 * 512 * 2, long.MaxValue / 2).Count);
        map.Grow(512 * 512 * 4);
        Assert.Equal(512 * 512 * 2, map.Find(512 * 512 * 2, long.MaxValue / 2).Count);
    }

    [Fact]
    public void A_block_written_over_older_data_says_that_it_covers_something()
    {
        var map = new BlockMap(Blocks);
        map.Write(0, 2, 1);
        map.Write(1, 2, 2);
        map.Write(1, 2, 2);
        Assert.Equal([new MapEntry(1, false), new MapEntry(2, true), new MapEntry(2, false)], new long[] { 0, 1, 2 }.Select(block => map.Find(block, 1).Entry));
    }

    private static void Compare(BlockMap map, MapEntry[] array)
    {
        var at = 0L;
        foreach (var run in map.Runs(0, array.Length))
        {
            Assert.Equal(at, run.First);
            for (; at < run.End; at++)
                Assert.Equal(array[at], run.Entry);
        }
        Assert.Equal(array.Length, at);
    }
}
