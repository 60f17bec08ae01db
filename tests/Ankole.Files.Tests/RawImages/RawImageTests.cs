using Ankole.Core;
using Ankole.Testing;

namespace Ankole.Files.Tests.RawImages;

public sealed class RawImageTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task What_was_written_reads_back_and_the_rest_is_a_hole()
    {
        await using var image = RawImage.Create(folder["disk"], 1 << 20);
        await image.WriteAsync(8192, new byte[] { 1, 2, 3 }, CancellationToken.None);
        var read = new byte[5];
        await image.ReadAsync(8191, read, CancellationToken.None);
        Assert.Equal([0, 1, 2, 3, 0], read);
        var extents = new List<Extent>();
        await foreach (var extent in image.GetExtentsAsync(new ByteRange(0, image.SizeBytes), CancellationToken.None))
            extents.Add(extent);
        Assert.Equal(
            [
                new Extent(new ByteRange(0, 8192), ExtentState.Hole | ExtentState.Zero), new Extent(new ByteRange(8192, 4096), ExtentState.Data),
                new Extent(ByteRange.FromTo(12288, 1 << 20), ExtentState.Hole | ExtentState.Zero),
            ], extents);
    }

    [Fact]
    public async Task Zeros_replace_data_with_and_without_a_hole()
    {
        await using var image = RawImage.Create(folder["disk"], 1 << 20);
        await image.WriteAsync(0, Enumerable.Repeat((byte)7, 16384).ToArray(), CancellationToken.None);
        await image.WriteZeroesAsync(new ByteRange(100, 5000), mayPunch: true, CancellationToken.None);
        await image.WriteZeroesAsync(new ByteRange(8000, 1000), mayPunch: false, CancellationToken.None);
        var read = new byte[16384];
        await image.ReadAsync(0, read, CancellationToken.None);
        Assert.Equal(Enumerable.Range(0, 16384).Select(n => n is >= 100 and < 5100 or >= 8000 and < 9000 ? (byte)0 : (byte)7), read);
    }

    [Fact]
    public async Task A_read_beyond_the_end_is_the_callers_error()
    {
        await using var image = RawImage.Create(folder["disk"], 4096);
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => image.ReadAsync(4095, new byte[2], CancellationToken.None).AsTask());
    }

    [Fact]
    public void A_missing_image_is_named() => Assert.Equal(
        $"'{folder["none"]}' does not exist.", Assert.Throws<AnkoleException>(() => RawImage.OpenRead(folder["none"])).Message);

    [Fact]
    public void A_directory_is_no_image() => Assert.Equal(
        $"'{folder.Path}' is a directory. Name a file or a block device, or write replica:{folder.Path} for a replica directory.",
        Assert.Throws<InvalidInputException>(() => RawImage.OpenRead(folder.Path)).Message);

    [Fact]
    public async Task An_existing_image_is_never_created_over()
    {
        await File.WriteAllTextAsync(folder["disk"], "precious");
        var error = Assert.Throws<AnkoleException>(() => RawImage.Create(folder["disk"], 4096));
        Assert.Equal(ErrorKind.Refused, error.Kind);
        Assert.Equal("precious", await File.ReadAllTextAsync(folder["disk"]));
    }
}
