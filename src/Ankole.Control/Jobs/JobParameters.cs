namespace Ankole.Control;

/// <summary>Keys of <see cref="RecurringJobSpec.Parameters"/> that a backup job may have.</summary>
public static class JobParameters
{
    /// <summary>Every Nth run sends everything; 0: none does.</summary>
    public const string FullBackupInterval = "full-backup-interval";

    /// <summary>Accepted since Longhorn accepts it; it means something to system backups only.</summary>
    public const string VolumeBackupPolicy = "volume-backup-policy";

    internal static bool IsFullRun(RecurringJobSpec job, long runNumber) =>
        job.Parameters.TryGetValue(FullBackupInterval, out var text) && int.TryParse(text, out var interval) && interval > 0 && runNumber % interval == 0;
}
