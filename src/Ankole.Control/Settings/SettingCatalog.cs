namespace Ankole.Control;

/// <summary>Every setting there is. A setting without a resource has its default.</summary>
public static class SettingCatalog
{
    public static SettingDefinition BackupTarget { get; } = new(
        "backup-target", SettingType.Text, "", "backup", "URL of the default backup target: s3://bucket@region/path/, nfs://server:/path, azblob://…, file:///directory.");

    public static SettingDefinition BackupTargetCredentialSecret { get; } = new(
        "backup-target-credential-secret", SettingType.Text, "", "backup", "Name of the Secret with the default backup target's credentials.");

    public static SettingDefinition BackupstorePollInterval { get; } = new(
        "backupstore-poll-interval", SettingType.Number, "300", "backup", "Seconds between looks at the default backup target; 0: only when asked.");

    public static SettingDefinition AllowRecurringJobWhileVolumeDetached { get; } = new(
        "allow-recurring-job-while-volume-detached", SettingType.Boolean, "false", "backup", "Run recurring jobs on detached volumes too, attaching them meanwhile.");

    public static SettingDefinition RecurringJobMaxRetention { get; } = new(
        "recurring-job-max-retention", SettingType.Number, "100", "backup", "The most that a job may retain.") { Minimum = 1, Maximum = 250 };

    public static SettingDefinition AutoCleanupRecurringJobBackupSnapshot { get; } = new(
        "auto-cleanup-recurring-job-backup-snapshot", SettingType.Boolean, "true", "snapshot",
        "After a recurring backup keep only the newest of the job's snapshots; false: keep as many as the job retains backups.");

    public static SettingDefinition AutoCleanupSnapshotAfterOnDemandBackup { get; } = new(
        "auto-cleanup-snapshot-after-on-demand-backup-completed", SettingType.Boolean, "false", "snapshot", "Delete the snapshot of a backup made by hand once it is completed.");

    public static SettingDefinition AutoCleanupWhenDeleteBackup { get; } = new(
        "auto-cleanup-when-delete-backup", SettingType.Boolean, "false", "snapshot", "Delete a backup's snapshot with the backup.");

    public static SettingDefinition RestoreVolumeRecurringJobs { get; } = new(
        "restore-volume-recurring-jobs", SettingType.Boolean, "false", "backup", "Bring back the recurring jobs that are recorded with a backup when it is restored.");

    public static SettingDefinition FailedBackupTtl { get; } = new(
        "failed-backup-ttl", SettingType.Number, "1440", "backup", "Minutes after which a failed Backup is removed; 0: never.");

    public static SettingDefinition BackupExecutionTimeout { get; } = new(
        "backup-execution-timeout", SettingType.Number, "1", "backup", "Minutes that a look at a backup target may take.") { Minimum = 1 };

    public static SettingDefinition BackupCompressionMethod { get; } = new(
        "backup-compression-method", SettingType.Text, "lz4", "backup", "Compression of new volumes' backups.") { Options = ["none", "lz4", "gzip"] };

    public static SettingDefinition DefaultBackupBlockSize { get; } = new(
        "default-backup-block-size", SettingType.Number, "2", "backup", "Block size in MiB of new volumes' backups.") { Options = ["2", "16"], Minimum = 2, Maximum = 16 };

    public static SettingDefinition ConcurrentBackupLimit { get; } = new(
        "concurrent-backup-per-node-limit", SettingType.Number, "5", "backup", "Backups that a node makes at the same time.") { Minimum = 1 };

    public static SettingDefinition ConcurrentRestoreLimit { get; } = new(
        "concurrent-volume-backup-restore-per-node-limit", SettingType.Number, "5", "backup", "Restores that a node makes at the same time; 0: none.");

    public static SettingDefinition BackupBlocksAtOnce { get; } = new(
        "backup-concurrent-limit", SettingType.Number, "0", "backup",
        "Blocks of one backup that are worked on at the same time; 0: as many as the backup target makes worth while.") { Maximum = 64 };

    public static SettingDefinition RestoreBlocksAtOnce { get; } = new(
        "restore-concurrent-limit", SettingType.Number, "0", "backup",
        "Blocks of one restore that are worked on at the same time; 0: as many as the backup target makes worth while.") { Maximum = 64 };

    public static SettingDefinition SnapshotMaxCount { get; } = new(
        "snapshot-max-count", SettingType.Number, "250", "snapshot", "Snapshots that a new volume may have.") { Minimum = 2, Maximum = 250 };

    public static SettingDefinition SnapshotHeavyTaskConcurrentLimit { get; } = new(
        "snapshot-heavy-task-concurrent-limit", SettingType.Number, "5", "snapshot", "Purges that a node runs at the same time.") { Minimum = 1 };

    public static SettingDefinition DisableSnapshotPurge { get; } = new(
        "disable-snapshot-purge", SettingType.Boolean, "false", "danger Zone", "Emergency stop: deleted snapshots stay on disk.");

    public static SettingDefinition DefaultReplicaCount { get; } = new(
        "default-replica-count", SettingType.Number, "1", "general", "Copies of a new volume.") { Minimum = 1, Maximum = 20 };

    public static SettingDefinition StorageOverProvisioningPercentage { get; } = new(
        "storage-over-provisioning-percentage", SettingType.Number, "100", "scheduling", "How much the sizes of all replicas may be of a disk, in percent.");

    public static SettingDefinition StorageMinimalAvailablePercentage { get; } = new(
        "storage-minimal-available-percentage", SettingType.Number, "25", "scheduling", "How much of a disk must stay free for a new replica, in percent.") { Maximum = 100 };

    public static IReadOnlyList<SettingDefinition> All { get; } =
    [
        BackupTarget, BackupTargetCredentialSecret, BackupstorePollInterval, AllowRecurringJobWhileVolumeDetached, RecurringJobMaxRetention,
        AutoCleanupRecurringJobBackupSnapshot, AutoCleanupSnapshotAfterOnDemandBackup, AutoCleanupWhenDeleteBackup, RestoreVolumeRecurringJobs,
        FailedBackupTtl, BackupExecutionTimeout, BackupCompressionMethod, DefaultBackupBlockSize, ConcurrentBackupLimit, ConcurrentRestoreLimit,
        BackupBlocksAtOnce, RestoreBlocksAtOnce,
        SnapshotMaxCount, SnapshotHeavyTaskConcurrentLimit, DisableSnapshotPurge, DefaultReplicaCount, StorageOverProvisioningPercentage,
        StorageMinimalAvailablePercentage,
    ];

    public static SettingDefinition? Find(string name) => All.FirstOrDefault(setting => setting.Name == name);
}
