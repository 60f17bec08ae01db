using Ankole.Core;

namespace Ankole.Backup;

/// <summary>A Longhorn backupstore in an object store: everything that can be done to it. The store stays the caller's to dispose.</summary>
public sealed class Backupstore(IObjectStore objects, BackupstoreOptions? options = null, TimeProvider? time = null)
{
    private readonly RecordStore records = new(objects);
    private readonly BackupstoreOptions options = options ?? new BackupstoreOptions();
    private readonly TimeProvider time = time ?? TimeProvider.System;

    public IObjectStore Objects => records.Objects;

    /// <summary>Backs the source up. An <see cref="ISnapshotSource"/> is incremental by its chain, any other by content.</summary>
    /// <exception cref="VolumeLockedException">A deletion is at work on the volume.</exception>
    public Task<BackupResult> BackUpAsync(
        BackupRequest request, IBlockSource source, IProgress<OperationProgress>? progress, CancellationToken cancellationToken) =>
        new BackupCreator(records, options, time).CreateAsync(request, source, progress, cancellationToken);

    /// <summary>Takes the lock and reads the records, so that the size is known before a destination is made.</summary>
    public Task<BackupRestore> OpenRestoreAsync(RestoreRequest request, CancellationToken cancellationToken) =>
        BackupRestore.OpenAsync(records, request, options, time, cancellationToken);

    public Task<IReadOnlyList<VolumeSummary>> ListVolumesAsync(bool withBackups, CancellationToken cancellationToken) =>
        new StoreLister(records).ListVolumesAsync(withBackups, cancellationToken);

    /// <summary>One volume as a listing shows it, with its backups' names; null when the store certainly has nothing of it.</summary>
    public Task<VolumeSummary?> FindVolumeAsync(string volume, CancellationToken cancellationToken) =>
        new StoreLister(records).FindVolumeAsync(volume, cancellationToken);

    public Task<VolumeInspection> InspectVolumeAsync(string volume, CancellationToken cancellationToken) =>
        new StoreLister(records).InspectVolumeAsync(volume, cancellationToken);

    public Task<BackupInspection> InspectBackupAsync(string volume, string backup, CancellationToken cancellationToken) =>
        new StoreLister(records).InspectBackupAsync(volume, backup, cancellationToken);

    /// <summary>When volume.cfg, or a backup's record, was last written, by the store's clock; null when it does not exist.</summary>
    public Task<DateTimeOffset?> HeadAsync(string volume, string? backup, CancellationToken cancellationToken) =>
        new StoreLister(records).HeadAsync(volume, backup, cancellationToken);

    public Task<IReadOnlyList<string>> ListBackingImagesAsync(CancellationToken cancellationToken) =>
        new StoreLister(records).ListBackingImagesAsync(cancellationToken);

    public Task<BackingImageRecord> InspectBackingImageAsync(string image, CancellationToken cancellationToken) =>
        new StoreLister(records).InspectBackingImageAsync(image, cancellationToken);

    public Task<IReadOnlyList<SystemBackupSummary>> ListSystemBackupsAsync(CancellationToken cancellationToken) =>
        new StoreLister(records).ListSystemBackupsAsync(cancellationToken);

    public Task<SystemBackupRecord> InspectSystemBackupAsync(string version, string name, CancellationToken cancellationToken) =>
        new StoreLister(records).InspectSystemBackupAsync(version, name, cancellationToken);

    /// <summary>Deletes a backup and the blocks that nobody needs any more.</summary>
    /// <param name="dryRun">True: changes nothing, takes no lock, and reports what would go.</param>
    public Task<DeletionReport> DeleteBackupAsync(
        string volume, string backup, bool dryRun, IProgress<OperationProgress>? progress, CancellationToken cancellationToken) =>
        new BackupDeleter(records, options, time).DeleteAsync(volume, backup, dryRun, progress, cancellationToken);

    /// <summary>Deletes a volume with all its backups.</summary>
    public Task<DeletionReport> DeleteVolumeAsync(
        string volume, bool dryRun, IProgress<OperationProgress>? progress, CancellationToken cancellationToken) =>
        new VolumeDeleter(records, options, time).DeleteAsync(volume, dryRun, progress, cancellationToken);

    /// <summary>Checks the whole store, a volume, or one backup.</summary>
    /// <param name="deep">True: reads every block and computes its checksum; false: checks that it is there.</param>
    public Task<VerificationReport> VerifyAsync(
        string? volume, string? backup, bool deep, IProgress<OperationProgress>? progress, CancellationToken cancellationToken) =>
        new StoreVerifier(records, options, time, deep, progress).VerifyAsync(volume, backup, cancellationToken);

    /// <summary>Opens a backup as a source whose blocks are fetched as they are read.</summary>
    public Task<BackupImage> OpenImageAsync(RestoreRequest request, CancellationToken cancellationToken) =>
        BackupImage.OpenAsync(records, request, options, time, cancellationToken);

    /// <summary>Writes a backing image's bytes; the destination is at least <see cref="BackingImageRecord.SizeBytes"/> long.</summary>
    public Task<OperationStatistics> RestoreBackingImageAsync(
        BackingImageRecord image, IBlockDevice destination, bool destinationIsZero, IProgress<OperationProgress>? progress,
        CancellationToken cancellationToken) =>
        BackingImageRestore.RestoreAsync(records, image, destination, destinationIsZero, options, progress, cancellationToken);

    /// <summary>Copies the file of a single-file backup.</summary>
    /// <returns>Bytes written, as far as the destination can tell.</returns>
    public Task<long> RestoreFileAsync(string volume, string backup, Stream destination, CancellationToken cancellationToken) =>
        SingleFileRestore.RestoreAsync(records, volume, backup, destination, cancellationToken);
}
