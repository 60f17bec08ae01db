using Ankole.Core;

namespace Ankole.Backup;

/// <summary>
/// A restore that is about to happen: the lock is held and the records are read, so that the caller can make a destination of
/// <see cref="SizeBytes"/> and then <see cref="RunAsync"/>. Dispose it to release the lock.
/// </summary>
public sealed class BackupRestore : IAsyncDisposable
{
    private readonly RecordStore records;
    private readonly BackupstoreOptions options;
    private readonly TimeProvider time;
    private readonly StoreLock? held;
    private bool isConfirmed;
    private readonly BackupImageRecord image;
    private readonly BackupRecord? since;
    private readonly RequestCounts requestsBefore;
    private int maxBlocksAtOnce;
    private readonly List<string> notes = [];

    private BackupRestore(
        RecordStore records, BackupstoreOptions options, TimeProvider time, StoreLock? held, bool isConfirmed, BackupImageRecord image,
        BackupRecord? since, RequestCounts requestsBefore)
    {
        this.records = records;
        this.options = options;
        this.time = time;
        this.held = held;
        this.isConfirmed = isConfirmed;
        this.image = image;
        this.since = since;
        this.requestsBefore = requestsBefore;
    }

    /// <summary>Bytes of the restored image.</summary>
    public long SizeBytes => image.SizeBytes;

    public BackupRecord Backup => image.Backup;

    public VolumeRecord Volume => image.Volume;

    internal static async Task<BackupRestore> OpenAsync(
        RecordStore records, RestoreRequest request, BackupstoreOptions options, TimeProvider time, CancellationToken cancellationToken)
    {
        var before = records.Objects.Requests.Snapshot();
        var (held, image, isConfirmed) = await LockedImage.OpenAsync(records, request, options, time, cancellationToken);
        try
        {
            var since = request.Since is null ? null : await ReadSinceAsync(records, image, request.Since, cancellationToken);
            var restore = new BackupRestore(records, options, time, held, isConfirmed, image, since, before) { maxBlocksAtOnce = request.MaxBlocksAtOnce };
            restore.Explain(request);
            return restore;
        }
        catch
        {
            if (held is not null)
                await held.DisposeAsync();
            throw;
        }
    }

    /// <summary>Writes the image and flushes the destination. After any error the destination is incomplete and must not be used.</summary>
    /// <param name="destinationIsZero">True when the destination is known to read as zeros: what the backup does not list stays a hole.</param>
    /// <exception cref="BlockDamagedException">A block is missing or damaged.</exception>
    public async Task<RestoreResult> RunAsync(
        IBlockDevice destination, bool destinationIsZero, IProgress<OperationProgress>? progress, CancellationToken cancellationToken)
    {
        if (destination.SizeBytes < SizeBytes)
            throw new InvalidInputException(
                $"the destination has {destination.SizeBytes} bytes, backup '{Backup.Name}' of volume '{Volume.Name}' needs {SizeBytes}. Give a larger one.");
        var started = time.GetTimestamp();
        var run = new RestoreRun(image, destination, destinationIsZero && since is null);
        if (held is null)
            await WriteAsync(run, progress, cancellationToken);
        else
            await held.GuardAsync(token => WriteLockedAsync(run, progress, token), cancellationToken);
        return new RestoreResult
        {
            Volume = image.Keys.Volume, Backup = Backup.Name, SizeBytes = SizeBytes, BlocksWritten = run.BlocksWritten, Notes = notes,
            Statistics = run.Statistics with
            {
                Requests = records.Objects.Requests.Snapshot() - requestsBefore, Elapsed = time.GetElapsedTime(started),
            },
        };
    }

    public ValueTask DisposeAsync() => held?.DisposeAsync() ?? ValueTask.CompletedTask;

    /// <summary>Where the lock is still settling, the time is spent on blocks; the restore is done when the lock was ours too.</summary>
    private async Task<bool> WriteLockedAsync(RestoreRun run, IProgress<OperationProgress>? progress, CancellationToken cancellationToken)
    {
        await SideBySide.RunAsync(
            token => isConfirmed ? Task.CompletedTask : held!.ConfirmAsync(token),
            async token =>
            {
                await WriteAsync(run, progress, token);
                return true;
            },
            cancellationToken);
        return isConfirmed = true;
    }

    private Task WriteAsync(RestoreRun run, IProgress<OperationProgress>? progress, CancellationToken cancellationToken)
    {
        var steps = since is null
            ? RestoreStep.Full(Backup.Blocks, image.BlockSize, SizeBytes, run.DestinationIsZero)
            : RestoreStep.Since(since.Blocks, Backup.Blocks, image.BlockSize, SizeBytes);
        return run.WriteAsync(steps, options.BoundsFor(image.BlockSize).Within(maxBlocksAtOnce), time, progress, cancellationToken);
    }

    private static async Task<BackupRecord> ReadSinceAsync(RecordStore records, BackupImageRecord image, string name, CancellationToken cancellationToken)
    {
        var since = await records.RequireBackupAsync(image.Keys, ObjectName.Check("backup", name), cancellationToken);
        if (!since.IsFinished || since.IsSingleFile)
            throw new AnkoleException(ErrorKind.Refused,
                $"{BackupImageRecord.OwnerOf(image.Keys.Volume, name)} is not finished, so no destination can hold it. Restore without a base.");
        if (since.BlockSize != image.BlockSize)
            throw new AnkoleException(ErrorKind.Refused,
                $"the block size is changed from {since.BlockSize} ('{name}') to {image.BlockSize} ('{image.Backup.Name}'). Restore without a base.");
        return since;
    }

    private void Explain(RestoreRequest request)
    {
        if (!request.TakeLock)
            notes.Add("No lock was taken: a deletion beside this restore can make it fail.");
        var listed = Backup.Blocks.Count == 0 ? 0 : Backup.Blocks.Offsets[^1] + image.BlockSize;
        if (request.SizeBytes is null && listed > Volume.SizeBytes)
            notes.Add($"The volume has {Volume.SizeBytes} bytes now, but this backup has blocks up to {listed}: the image is that large.");
        if (Volume.BackingImageName.Length > 0)
            notes.Add($"The volume lies over backing image '{Volume.BackingImageName}': what the backup does not list is zeros here and the image's bytes there.");
    }
}
