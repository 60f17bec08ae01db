using System.Runtime.CompilerServices;
using Ankole.Core;

namespace Ankole.Backup;

/// <summary>
/// A backup as a read-only source whose blocks are fetched as they are read, each proven by its checksum. Holds a restore's lock while it is open,
/// so that no deletion takes blocks away.
/// </summary>
public sealed class BackupImage : IBlockSource
{
    private readonly BackupImageRecord image;
    private readonly BlockCache cache;
    private readonly StoreLock? held;

    private BackupImage(BackupImageRecord image, StoreLock? held, BackupstoreOptions options)
    {
        this.image = image;
        this.held = held;
        cache = new BlockCache(image, options.ImageCacheBytes, options.WorkersFor(image.BlockSize));
    }

    public long SizeBytes => image.SizeBytes;

    public int PreferredBlockSize => 4096;

    public BackupRecord Backup => image.Backup;

    /// <summary>Blocks fetched so far, for figures.</summary>
    public long BlocksFetched => image.Fetcher.Fetched;

    /// <summary>Stored bytes fetched so far.</summary>
    public long BytesFetched => image.Fetcher.BytesFetched;

    internal static async Task<BackupImage> OpenAsync(
        RecordStore records, RestoreRequest request, BackupstoreOptions options, TimeProvider time, CancellationToken cancellationToken)
    {
        var (held, image, isConfirmed) = await LockedImage.OpenAsync(records, request, options, time, cancellationToken);
        try
        {
            if (!isConfirmed)
                await held!.ConfirmAsync(cancellationToken);
            return new BackupImage(image, held, options);
        }
        catch
        {
            await held!.DisposeAsync();
            throw;
        }
    }

    /// <exception cref="BlockDamagedException">A block under the range is missing or damaged; other ranges can still be read.</exception>
    /// <exception cref="LockLostException">The lock was lost, so that blocks may go at any moment.</exception>
    public async ValueTask ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        if (offset < 0 || offset > SizeBytes - destination.Length)
            throw new ArgumentOutOfRangeException(nameof(offset), $"bytes {offset} to {offset + destination.Length} leave the image of {SizeBytes} bytes");
        held?.EnsureHeld();
        while (!destination.IsEmpty)
        {
            var inBlock = (int)(offset % image.BlockSize);
            var part = destination[..Math.Min(destination.Length, image.BlockSize - inBlock)];
            var index = image.Backup.Blocks.IndexOf(offset - inBlock);
            if (index < 0)
                part.Span.Clear();
            else
                await cache.ReadAsync(index, inBlock, part, cancellationToken);
            offset += part.Length;
            destination = destination[part.Length..];
        }
    }

    public async IAsyncEnumerable<Extent> GetExtentsAsync(ByteRange range, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await ValueTask.CompletedTask;
        var blocks = image.Backup.Blocks;
        var at = range.Offset;
        var index = blocks.IndexOf(ByteRange.RoundDown(range.Offset, image.BlockSize));
        for (index = index < 0 ? ~index : index; index < blocks.Count && at < range.End;)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var start = blocks.Offsets[index];
            var end = start;
            for (; index < blocks.Count && blocks.Offsets[index] == end; index++)
                end += image.BlockSize;
            var data = ByteRange.FromTo(start, end).Intersect(range);
            if (data.IsEmpty)
                break;
            if (data.Offset > at)
                yield return new Extent(ByteRange.FromTo(at, data.Offset), ExtentState.Hole | ExtentState.Zero);
            yield return new Extent(data, ExtentState.Data);
            at = data.End;
        }
        if (at < range.End)
            yield return new Extent(ByteRange.FromTo(at, range.End), ExtentState.Hole | ExtentState.Zero);
    }

    public async ValueTask DisposeAsync()
    {
        await cache.DisposeAsync();
        if (held is not null)
            await held.DisposeAsync();
    }
}
