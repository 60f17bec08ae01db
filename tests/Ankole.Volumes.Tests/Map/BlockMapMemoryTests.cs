namespace Ankole.Volumes.Tests;

/// <summary>Measures the whole process's heap, so nothing else runs meanwhile.</summary>
[CollectionDefinition(nameof(BlockMapMemoryTests), DisableParallelization = true)]
[Collection(nameof(BlockMapMemoryTests))]
public sealed class BlockMapMemoryTests
{
    /// <summary>Half a million single blocks: 2 GiB of 4 KiB writes over 1 TiB.</summary>
    [Fact]
    public void Scattered_blocks_cost_tens_of_bytes_each()
    {
        const long tebibyte = (1L << 40) / 4096;
        const int scattered = 524_288;
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var map = new BlockMap(tebibyte);
        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, 0, 64 << 10);
        for (var i = 0L; i < scattered; i++)
            map.Write((i * (tebibyte / scattered)) + (i * 31 % 500), 1, 1);
        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, 0, 40 << 20);
        map.Write(0, tebibyte, 1);
        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, 0, 6 << 20);
        GC.KeepAlive(map);
    }
}
