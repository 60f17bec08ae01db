using System.Globalization;

namespace Ankole.Files.Tests;

public sealed class DirectIoTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(4096, 3)]
    [InlineData(2 << 20, 4)]
    [InlineData((2 << 20) + 31, 3)]
    [InlineData((16 << 20) + 31, 1)]
    public void Pieces_side_by_side_are_aligned_and_share_no_byte(int length, int count)
    {
        var pieces = DirectIo.AllocateInHugePages(length, count);
        Assert.Equal(count, pieces.Length);
        for (var i = 0; i < count; i++)
        {
            Assert.Equal(length, pieces[i].Length);
            Assert.True(DirectIo.IsAligned(pieces[i].Span));
            pieces[i].Span.Fill((byte)(i + 1));
        }
        for (var i = 0; i < count; i++)
            Assert.False(pieces[i].Span.ContainsAnyExcept((byte)(i + 1)));
    }

    [Fact]
    public void Huge_pages_are_asked_for_the_memory_of_blocks()
    {
        Assert.SkipUnless(File.Exists("/sys/kernel/mm/transparent_hugepage/enabled"), "this kernel has no huge pages");
        var blocks = DirectIo.AllocateInHugePages(2 << 20, 4);
        Assert.All(blocks, block => Assert.Contains("hg", FlagsOf(block)));
    }

    /// <summary>The kernel's flags of the mapping that holds the memory; "hg" is MADV_HUGEPAGE (proc_pid_smaps(5)).</summary>
    private static unsafe string[] FlagsOf(Memory<byte> memory)
    {
        using var pin = memory.Pin();
        var (address, isInside) = ((ulong)pin.Pointer, false);
        foreach (var line in File.ReadLines("/proc/self/smaps"))
        {
            var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (words[0].Split('-') is [var from, var to] && Hex(from) is { } start && Hex(to) is { } end)
                isInside = start <= address && address < end;
            else if (isInside && words[0] == "VmFlags:")
                return words;
        }
        return [];
    }

    private static ulong? Hex(string text) => ulong.TryParse(text, NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var value) ? value : null;
}
