namespace Ankole.Backup;

/// <summary>The times of the lock protocol (backupstore format, section 8).</summary>
internal sealed record LockTimings(TimeSpan Settle, TimeSpan Refresh, TimeSpan Lifetime, TimeSpan RetryRefresh)
{
    public static LockTimings Longhorn { get; } =
        new(TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(60), TimeSpan.FromSeconds(150), TimeSpan.FromSeconds(10));
}
