using System.Globalization;
using Ankole.Testing;

namespace Ankole.Files.Tests;

/// <summary>Memory that lies in a file holds what was put there, and does not stay in the process.</summary>
public sealed class SpillingTests : IDisposable
{
    private const int Count = 16 << 20;

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task A_large_list_keeps_its_values_while_its_pages_are_taken_away()
    {
        var list = new LargeList<long>();
        for (var i = 0; i < Count; i++)
            list.Add(i * 3L);
        Assert.Equal(Count, list.Count);
        await WhenResidentBelowAsync(64 << 20);
        for (var i = 0; i < Count; i += 997)
            Assert.Equal(i * 3L, list[i]);
        Assert.Equal(5_000_000, list.BinarySearch(15_000_000));
        Assert.True(list.BinarySearch(15_000_001) < 0);
        list[7] = -1;
        await WhenResidentBelowAsync(64 << 20);
        Assert.Equal(-1, list[7]);
    }

    [Fact]
    public void Two_large_lists_are_sorted_together()
    {
        var (keys, items) = (new LargeList<long>(), new LargeList<int>());
        for (var i = 0; i < 2_000_000; i++)
        {
            keys.Add(2_000_000 - i);
            items.Add(i);
        }
        keys.SortWith(items);
        for (var i = 0; i < 2_000_000; i += 101)
            Assert.Equal((i + 1L, 1_999_999 - i), (keys[i], items[i]));
    }

    [Fact]
    public void Zeroes_are_zeroes_and_a_small_list_is_like_any_other()
    {
        Assert.All(LargeList.OfZeroes<int>(4_000_000).Where(value => value != 0), value => Assert.Fail($"{value}"));
        var small = new LargeList<int> { 3, 1 };
        Assert.Equal([3, 1], small.ToArray());
        Assert.Throws<IndexOutOfRangeException>(() => small[2]);
    }

    [Fact]
    public void Where_nothing_can_be_spilled_to_there_is_no_file()
    {
        Assert.Null(SpillFolder.TryOpenNameless(folder["absent"]));
        using (var file = SpillFolder.TryOpenNameless(folder.Path)!)
            Assert.False(file.IsInvalid);
        Assert.Empty(Directory.GetFileSystemEntries(folder.Path));
    }

    /// <summary>A page that found the disk full when it is written would end the process with a signal.</summary>
    [Fact]
    public async Task A_disk_without_room_is_found_out_before_the_memory_is_used()
    {
        Assert.SkipWhen(SmallFileSystem.WhyMissing() is not null, SmallFileSystem.WhyMissing() ?? "");
        var disk = new SmallFileSystem(folder["disk"]);
        await disk.CreateAsync(mebibytes: 32);
        try
        {
            using var file = SpillFolder.TryOpenNameless(folder["disk"])!;
            Assert.Null(MappedFile.TryMap(file, 128 << 20));
            using var fits = MappedFile.TryMap(file, 4 << 20);
            Assert.NotNull(fits);
        }
        finally
        {
            await disk.WipeAsync();
        }
    }

    [Fact]
    public void A_disposed_buffer_is_not_touched_any_more()
    {
        var buffer = SpillBuffer.TryCreate(9 << 20)!;
        buffer.Memory.Span.Fill(7);
        Assert.Equal(7, buffer.Memory.Span[^1]);
        ((IDisposable)buffer).Dispose();
        Assert.Throws<ObjectDisposedException>(() => buffer.Memory.Span[0]);
    }

    /// <summary>What the kernel counts as this process's pages of files.</summary>
    private static async Task WhenResidentBelowAsync(long bytes)
    {
        var until = DateTime.UtcNow.AddSeconds(60);
        while (true)
        {
            var line = File.ReadLines("/proc/self/status").First(line => line.StartsWith("RssFile:", StringComparison.Ordinal));
            var resident = long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) * 1024;
            if (resident < bytes + (100 << 20))
                return;
            Assert.True(DateTime.UtcNow < until, $"{resident >> 20} MiB of files stay resident");
            await Task.Delay(50);
        }
    }
}
