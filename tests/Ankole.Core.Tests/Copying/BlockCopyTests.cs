using Ankole.Testing;

namespace Ankole.Core.Tests.Copying;

public sealed class BlockCopyTests
{
    private const int Size = 8 << 20;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_copy_has_the_sources_bytes_over_zeros_and_over_old_data(bool destinationIsZero)
    {
        await using var source = await SourceAsync();
        await using var destination = new MemoryBlockDevice(Size);
        if (!destinationIsZero)
            await destination.WriteAsync(0, Bytes(7, Size), CancellationToken.None);
        await BlockCopy.CopyAsync(source, destination, destinationIsZero, progress: null, CancellationToken.None);
        Assert.Equal(await AllAsync(source), await AllAsync(destination));
    }

    [Fact]
    public async Task A_destination_that_is_too_small_is_refused_untouched()
    {
        await using var source = await SourceAsync();
        await using var destination = new MemoryBlockDevice(Size / 2);
        var error = await Assert.ThrowsAsync<InvalidInputException>(
            () => BlockCopy.CopyAsync(source, destination, destinationIsZero: true, progress: null, CancellationToken.None));
        Assert.Equal("the destination has 4194304 bytes, the source has 8388608: give a destination at least as large.", error.Message);
        Assert.All(await AllAsync(destination), value => Assert.Equal(0, value));
    }

    [Fact]
    public async Task An_update_writes_only_what_differs()
    {
        await using var source = await SourceAsync();
        await using var device = new MemoryBlockDevice(Size);
        await BlockCopy.CopyAsync(source, device, destinationIsZero: true, progress: null, CancellationToken.None);
        await source.WriteAsync(5000, Bytes(9, 10), CancellationToken.None);
        await device.WriteAsync(6 << 20, Bytes(1, 4096), CancellationToken.None);

        var written = await BlockUpdate.UpdateAsync(source, device, progress: null, CancellationToken.None);

        Assert.Equal(2 * 4096, written);
        Assert.Equal(await AllAsync(source), await AllAsync(device));
    }

    /// <summary>Data, a hole, data up to an end that is no multiple of a chunk, and a hole.</summary>
    private static async Task<MemoryBlockDevice> SourceAsync()
    {
        var source = new MemoryBlockDevice(Size);
        await source.WriteAsync(0, Bytes(3, 1_500_000), CancellationToken.None);
        await source.WriteAsync(3 << 20, Bytes(4, 12_288), CancellationToken.None);
        return source;
    }

    private static byte[] Bytes(byte value, int length) => [.. Enumerable.Repeat(value, length)];

    private static async Task<byte[]> AllAsync(MemoryBlockDevice device)
    {
        var bytes = new byte[device.SizeBytes];
        await device.ReadAsync(0, bytes, CancellationToken.None);
        return bytes;
    }
}
