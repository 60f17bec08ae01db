using Ankole.Core;

namespace Ankole.Backup;

/// <summary>A backup that is about to be read, under a restore's lock unless the store cannot be written.</summary>
/// <param name="IsConfirmed">False: the lock is still settling; reading may begin, and is good once <see cref="StoreLock.ConfirmAsync"/> returned.</param>
internal sealed record LockedImage(StoreLock? Held, BackupImageRecord Image, bool IsConfirmed)
{
    public static async Task<LockedImage> OpenAsync(
        RecordStore records, RestoreRequest request, BackupstoreOptions options, TimeProvider time, CancellationToken cancellationToken)
    {
        var keys = new VolumeKeys(ObjectName.Check("volume", request.Volume));
        ObjectName.Check("backup", request.Backup);
        Task<BackupImageRecord> ReadAsync() =>
            BackupImageRecord.ReadAsync(records, request.Volume, request.Backup, request.SizeBytes, cancellationToken);
        if (!request.TakeLock)
            return new LockedImage(null, await ReadAsync(), IsConfirmed: true);

        // Asked before the lock, so that a wrong name makes no lock file (and no directory) for a volume that does not exist.
        await records.RequireVolumeAsync(keys, cancellationToken);
        var held = await LockAsync(records.Objects, keys, options, time, cancellationToken);
        try
        {
            if (held.MayReadBeforeConfirmed)
                return new LockedImage(held, await ReadAsync(), IsConfirmed: false);
            await held.ConfirmAsync(cancellationToken);
            return new LockedImage(held, await ReadAsync(), IsConfirmed: true);
        }
        catch
        {
            await held.DisposeAsync();
            throw;
        }
    }
    private static async Task<StoreLock> LockAsync(
        IObjectStore objects, VolumeKeys keys, BackupstoreOptions options, TimeProvider time, CancellationToken cancellationToken)
    {
        try
        {
            return await StoreLock.BeginAsync(objects, keys, LockType.BackupOrRestore, "restore", "", options, time, cancellationToken);
        }
        catch (ObjectStoreException e) when (!e.IsTransient)
        {
            throw new ObjectStoreException(e.Kind, e.Message, e.IsTransient, e) { IsOfLock = true };
        }
    }
}
