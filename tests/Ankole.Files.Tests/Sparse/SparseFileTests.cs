using Ankole.Core;
using Ankole.Testing;
using Microsoft.Win32.SafeHandles;

namespace Ankole.Files.Tests.Sparse;

public sealed class SparseFileTests : IDisposable
{
    private const long Size = 64 << 20;

    private readonly TemporaryFolder folder = new();
    private readonly SafeFileHandle file;
    private readonly string path;

    public SparseFileTests()
    {
        path = folder["sparse"];
        file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite);
        RandomAccess.SetLength(file, Size);
    }

    public void Dispose()
    {
        file.Dispose();
        folder.Dispose();
    }

    [Fact]
    public void A_new_file_stores_nothing() => Assert.Empty(Stored());

    [Fact]
    public void What_was_written_is_stored_and_touching_runs_are_one()
    {
        Write(4096, 4096);
        Write(8192, 4096);
        Write(1 << 20, 8192);
        Assert.Equal([new ByteRange(4096, 8192), new ByteRange(1 << 20, 8192)], Stored());
    }

    [Fact]
    public void More_extents_than_one_call_returns_are_all_found()
    {
        var expected = Enumerable.Range(0, 2000).Select(n => new ByteRange(n * 32768L, 4096)).Where(range => range.End <= Size).ToArray();
        foreach (var range in expected)
            Write(range.Offset, (int)range.Length);
        Assert.Equal(expected, Stored());
    }

    [Fact]
    public void A_range_is_answered_for_itself_alone()
    {
        Write(0, 65536);
        Assert.Equal([new ByteRange(8192, 4096)], SparseFile.GetStoredRanges(file, path, new ByteRange(8192, 4096)));
    }

    [Fact]
    public void A_punched_hole_is_stored_no_more()
    {
        Write(0, 65536);
        SparseFile.PunchHole(file, path, new ByteRange(4096, 8192));
        Assert.Equal([new ByteRange(0, 4096), new ByteRange(12288, 65536 - 12288)], Stored());
    }

    [Fact]
    public void Zeros_that_are_allocated_count_as_stored()
    {
        SparseFile.ZeroRange(file, path, new ByteRange(4096, 4096));
        Assert.Equal([new ByteRange(4096, 4096)], Stored());
    }

    private IReadOnlyList<ByteRange> Stored() => SparseFile.GetStoredRanges(file, path, new ByteRange(0, Size));

    private void Write(long offset, int length) => RandomAccess.Write(file, Enumerable.Repeat((byte)0x5a, length).ToArray(), offset);
}
