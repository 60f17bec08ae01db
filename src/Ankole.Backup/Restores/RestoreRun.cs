using Ankole.Core;

namespace Ankole.Backup;

/// <summary>
/// The pipeline of a restore: fetch → unpack → prove → write, for many blocks at once: as many on their way as the store makes worth while
/// (<see cref="InFlightWindow"/>), a few at work (<see cref="PipelineBounds.AtWork"/>).
/// </summary>
internal sealed class RestoreRun(BackupImageRecord image, IBlockDevice destination, bool destinationIsZero)
{
    private readonly BlockBuffers buffers = new(image.BlockSize);
    private readonly BlockChecksum zeroChecksum = BlockChecksum.Of(new byte[image.BlockSize]);
    private long blocksWritten, zeroBlocks, bytesWritten, done;

    public bool DestinationIsZero => destinationIsZero;

    public long BlocksWritten => blocksWritten;

    public OperationStatistics Statistics => new()
    {
        BytesWritten = bytesWritten, BytesHashed = image.Fetcher.Fetched * image.BlockSize, BytesFetched = image.Fetcher.BytesFetched,
        BlocksFetched = image.Fetcher.Fetched, BlocksZero = zeroBlocks,
    };

    public async Task WriteAsync(
        IEnumerable<RestoreStep> steps, PipelineBounds bounds, TimeProvider time, IProgress<OperationProgress>? progress, CancellationToken cancellationToken)
    {
        using var places = new SemaphoreSlim(bounds.AtWork);
        var window = new InFlightWindow(bounds.OnTheWay, time);
        var total = (long)image.Backup.Blocks.Count * image.BlockSize;
        var options = new ParallelOptions { MaxDegreeOfParallelism = bounds.OnTheWay, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(steps, options, async (step, token) =>
        {
            if (step.Block < 0)
            {
                await destination.WriteZeroesAsync(step.Range, mayPunch: true, token);
                return;
            }
            await WriteBlockAsync(step, window, places, token);
            progress?.Report(new OperationProgress("restoring", Interlocked.Add(ref done, image.BlockSize), total));
        });
        progress?.Report(new OperationProgress("flushing", total, total));
        await destination.FlushAsync(cancellationToken);
    }

    private async ValueTask WriteBlockAsync(RestoreStep step, InFlightWindow window, SemaphoreSlim places, CancellationToken cancellationToken)
    {
        var checksum = image.Backup.Blocks.Checksums[step.Block];
        if (checksum == zeroChecksum)
        {
            // The content is known without fetching it.
            Interlocked.Increment(ref zeroBlocks);
            if (!destinationIsZero)
                await destination.WriteZeroesAsync(step.Range, mayPunch: true, cancellationToken);
            return;
        }
        using var stored = await FetchAsync(step.Range.Offset, checksum, window, cancellationToken);
        await places.WaitAsync(cancellationToken);
        var block = buffers.Take();
        try
        {
            image.Fetcher.Unpack(step.Range.Offset, checksum, stored, block);
            await destination.WriteAsync(step.Range.Offset, block, cancellationToken);
        }
        finally
        {
            buffers.GiveBack(block);
            places.Release();
        }
        Interlocked.Increment(ref blocksWritten);
        Interlocked.Add(ref bytesWritten, image.BlockSize);
    }

    private async ValueTask<PooledBytes> FetchAsync(long offset, BlockChecksum checksum, InFlightWindow window, CancellationToken cancellationToken)
    {
        await window.EnterAsync(cancellationToken);
        var bytes = 0;
        try
        {
            var stored = await image.Fetcher.GetAsync(offset, checksum, image.BlockSize, cancellationToken);
            bytes = stored.Length;
            return stored;
        }
        finally
        {
            window.Leave(bytes);
        }
    }
}
