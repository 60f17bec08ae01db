using Ankole.Core;

namespace Ankole.Backup;

/// <summary>
/// Deletes a volume with everything in it: records first, so that no backup is ever half there, then blocks, then the rest, volume.cfg last but
/// for the lock. Interrupted anywhere, running it again finishes it.
/// </summary>
internal sealed class VolumeDeleter(RecordStore records, BackupstoreOptions options, TimeProvider time)
{
    private const int KeysPerRequest = 1000;

    private IObjectStore Objects => records.Objects;

    public async Task<DeletionReport> DeleteAsync(string volume, bool dryRun, IProgress<OperationProgress>? progress, CancellationToken cancellationToken)
    {
        var keys = new VolumeKeys(ObjectName.Check("volume", volume));
        var (started, before) = (time.GetTimestamp(), Objects.Requests.Snapshot());
        var contents = await VolumeContents.ListAsync(Objects, keys, cancellationToken);
        var isEmpty = !contents.HasVolumeRecord && contents.Backups.Count == 0 && contents.Blocks.Count == 0 && contents.Others.Count == 0;
        if (isEmpty || volume == StoreKeys.BackingImageLockVolume)
            throw new AnkoleException(ErrorKind.NotFound, $"cannot find volume '{volume}' in backup target '{Objects.DisplayName}'.");
        if (!dryRun)
        {
            await using var held = await StoreLock.BeginAsync(Objects, keys, LockType.Deletion, "deletion", "", options, time, cancellationToken);
            contents = await held.GuardAsync(async token =>
            {
                await held.ConfirmAsync(token);
                var listed = await VolumeContents.ListAsync(Objects, keys, token);
                if (!listed.Others.Exists(entry => entry.Key == held.Key))
                    throw VolumeContents.Untrusted(Objects, keys, $"the lock '{held.Key}' that was just written");
                await DeleteAsync(keys, listed, held, progress, token);
                return listed;
            }, cancellationToken);
        }
        return new DeletionReport
        {
            Volume = volume, Backups = [.. contents.Backups.Keys], IsDryRun = dryRun, Blocks = contents.Blocks.Count,
            Bytes = BytesOf(contents, keys),
            Statistics = new OperationStatistics { Requests = Objects.Requests.Snapshot() - before, Elapsed = time.GetElapsedTime(started) },
        };
    }

    private async Task DeleteAsync(
        VolumeKeys keys, VolumeContents contents, StoreLock held, IProgress<OperationProgress>? progress, CancellationToken cancellationToken)
    {
        var blocks = Enumerable.Range(0, contents.Blocks.Count).Select(number => keys.Blocks.KeyOf(contents.Blocks[number]));
        var others = contents.Others.Where(entry => entry.Key != held.Key).Select(entry => entry.Key);
        string[] last = contents.HasVolumeRecord ? [keys.Record] : [];
        var done = 0L;
        var total = contents.Backups.Count + contents.Blocks.Count + contents.Others.Count + last.Length;
        foreach (var group in new[] { contents.Backups.Keys.Select(keys.Backup), blocks, others, last })
            foreach (var chunk in group.Chunk(KeysPerRequest))
            {
                held.EnsureHeld();
                await Objects.DeleteAsync(chunk, cancellationToken);
                progress?.Report(new OperationProgress("deleting objects", done += chunk.Length, total));
            }
    }

    private static long BytesOf(VolumeContents contents, VolumeKeys keys)
    {
        var bytes = contents.Backups.Values.Sum(entry => entry.Length) + contents.Others.Where(entry => !entry.Key.StartsWith(keys.LocksFolder, StringComparison.Ordinal)).Sum(entry => entry.Length);
        for (var number = 0; number < contents.Blocks.Count; number++)
            bytes += contents.BlockLength(number);
        return bytes;
    }
}
