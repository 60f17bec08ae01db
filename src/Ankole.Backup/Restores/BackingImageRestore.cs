using Ankole.Core;

namespace Ankole.Backup;

/// <summary>Brings a backing image back (backupstore format, section 14): 2 MiB blocks, the last one as short as the image's end.</summary>
internal static class BackingImageRestore
{
    /// <summary>Bytes of the image's block at an offset.</summary>
    public static int LengthAt(BackingImageRecord image, long offset) => (int)Math.Min(BackupRecord.DefaultBlockSize, image.SizeBytes - offset);

    public static async Task<OperationStatistics> RestoreAsync(
        RecordStore records, BackingImageRecord image, IBlockDevice destination, bool destinationIsZero, BackupstoreOptions options,
        IProgress<OperationProgress>? progress, CancellationToken cancellationToken)
    {
        var owner = $"backing image '{image.Name}'";
        if (!image.IsFinished)
            throw new AnkoleException(ErrorKind.Refused, $"{owner} is not finished. Delete it and back it up again.");
        if (destination.SizeBytes < image.SizeBytes)
            throw new InvalidInputException($"the destination has {destination.SizeBytes} bytes, {owner} needs {image.SizeBytes}. Give a larger one.");
        var before = records.Objects.Requests.Snapshot();
        var fetcher = BlockFetcher.For(records.Objects, new BlockPool(StoreKeys.BackingImageBlocks), image.CompressionMethod, owner);
        var done = 0L;
        var parallel = new ParallelOptions
        {
            MaxDegreeOfParallelism = options.WorkersFor(BackupRecord.DefaultBlockSize), CancellationToken = cancellationToken,
        };
        var steps = RestoreStep.Full(image.Blocks, BackupRecord.DefaultBlockSize, image.SizeBytes, destinationIsZero);
        await Parallel.ForEachAsync(steps, parallel, async (step, token) =>
        {
            if (step.Block < 0)
            {
                await destination.WriteZeroesAsync(step.Range, mayPunch: true, token);
                return;
            }
            using var block = PooledBytes.Rent(LengthAt(image, step.Range.Offset));
            await fetcher.FetchAsync(step.Range.Offset, image.Blocks.Checksums[step.Block], block.Memory, token);
            await destination.WriteAsync(step.Range.Offset, block.Memory, token);
            progress?.Report(new OperationProgress("restoring", Interlocked.Add(ref done, block.Length), image.SizeBytes));
        });
        await destination.FlushAsync(cancellationToken);
        return new OperationStatistics
        {
            BytesWritten = done, BlocksFetched = fetcher.Fetched, BytesFetched = fetcher.BytesFetched, BytesHashed = done,
            Requests = records.Objects.Requests.Snapshot() - before,
        };
    }
}
