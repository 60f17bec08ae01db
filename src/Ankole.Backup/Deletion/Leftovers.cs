namespace Ankole.Backup;

/// <summary>What interrupted runs leave behind.</summary>
internal static class Leftovers
{
    /// <summary>Removes a backup's record if it is unfinished; a finished one is never touched.</summary>
    /// <param name="isBeingMade">Asked after the record was read, so that no run can finish it unseen; null under a lock that excludes backups.</param>
    /// <returns>True when it was removed.</returns>
    public static async Task<bool> RemoveUnfinishedAsync(
        RecordStore records, VolumeKeys keys, string backup, Func<CancellationToken, Task<bool>>? isBeingMade, CancellationToken cancellationToken)
    {
        if (await records.ReadBackupAsync(keys, backup, cancellationToken) is not { IsFinished: false })
            return false;
        if (isBeingMade is not null && await isBeingMade(cancellationToken))
            return false;
        await records.Objects.DeleteAsync([keys.Backup(backup)], cancellationToken);
        return true;
    }
}
