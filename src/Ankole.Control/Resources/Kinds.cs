namespace Ankole.Control;

/// <summary>Every kind there is.</summary>
public static class Kinds
{
    public static ResourceKind<VolumeResource> Volume { get; } = new(ApiGroup.AnkoleVersion, "Volume", "volumes")
    {
        ShortNames = ["av", "vol"],
        Columns =
        [
            new("State", ".status.state"), new("Robustness", ".status.robustness"), new("Size", ".spec.size", "bytes"),
            new("Actual", ".status.actualSize", "bytes"), new("Node", ".status.currentNodeID"), new("Last Backup", ".status.lastBackupAt", "date"),
            new("Age", ".metadata.creationTimestamp", "date"), new("Endpoint", ".status.endpoint", Wide: true), new("Target", ".spec.backupTargetName", Wide: true),
        ],
    };

    public static ResourceKind<SnapshotResource> Snapshot { get; } = new(ApiGroup.AnkoleVersion, "Snapshot", "snapshots")
    {
        ShortNames = ["asnap"],
        Columns =
        [
            new("Volume", ".spec.volume"), new("Ready", ".status.readyToUse", "boolean"), new("Size", ".status.size", "bytes"),
            new("Created", ".status.creationTime", "date"), new("Removed", ".status.markRemoved", "boolean"), new("Parent", ".status.parent", Wide: true),
            new("Error", ".status.error", Wide: true),
        ],
    };

    public static ResourceKind<BackupResource> Backup { get; } = new(ApiGroup.AnkoleVersion, "Backup", "backups")
    {
        ShortNames = ["ab"],
        Columns =
        [
            new("Volume", ".status.volumeName"), new("State", ".status.state"), new("Progress", ".status.progress", "integer"),
            new("Size", ".status.size", "bytes"), new("New", ".status.newlyUploadDataSize", "bytes"), new("Snapshot", ".status.snapshotName"),
            new("Created", ".status.backupCreatedAt", "date"), new("Target", ".status.backupTargetName", Wide: true), new("Error", ".status.error", Wide: true),
        ],
    };

    public static ResourceKind<BackupVolumeResource> BackupVolume { get; } = new(ApiGroup.AnkoleVersion, "BackupVolume", "backupvolumes")
    {
        ShortNames = ["abv"],
        Columns =
        [
            new("Volume", ".spec.volumeName"), new("Target", ".spec.backupTargetName"), new("Size", ".status.size", "bytes"),
            new("Backups", ".status.backupCount", "integer"), new("Last Backup", ".status.lastBackupName"), new("Last Backup At", ".status.lastBackupAt", "date"),
            new("Synced", ".status.lastSyncedAt", "date", Wide: true),
        ],
    };

    public static ResourceKind<BackupTargetResource> BackupTarget { get; } = new(ApiGroup.AnkoleVersion, "BackupTarget", "backuptargets")
    {
        ShortNames = ["abt"],
        Columns =
        [
            new("URL", ".spec.backupTargetURL"), new("Secret", ".spec.credentialSecret"), new("Poll", ".spec.pollInterval"),
            new("Available", ".status.available", "boolean"), new("Synced", ".status.lastSyncedAt", "date"),
        ],
    };

    public static ResourceKind<RecurringJobResource> RecurringJob { get; } = new(ApiGroup.AnkoleVersion, "RecurringJob", "recurringjobs")
    {
        ShortNames = ["arj", "job"],
        Columns =
        [
            new("Task", ".spec.task"), new("Cron", ".spec.cron"), new("Retain", ".spec.retain", "integer"), new("Groups", ".spec.groups"),
            new("Last Run", ".status.lastScheduleTime", "date"), new("Next Run", ".status.nextScheduleTime"), new("Concurrency", ".spec.concurrency", "integer", Wide: true),
        ],
    };

    public static ResourceKind<ReplicaResource> Replica { get; } = new(ApiGroup.AnkoleVersion, "Replica", "replicas")
    {
        ShortNames = ["ar"],
        Columns =
        [
            new("Volume", ".spec.volumeName"), new("Node", ".spec.nodeID"), new("State", ".status.state"), new("Size", ".spec.size", "bytes"),
            new("Actual", ".status.actualSize", "bytes"), new("Directory", ".spec.dataDirectoryName", Wide: true),
        ],
    };

    public static ResourceKind<NodeResource> Node { get; } = new(ApiGroup.AnkoleVersion, "Node", "nodes")
    {
        ShortNames = ["an"],
        Columns =
        [
            new("Schedulable", ".spec.allowScheduling", "boolean"), new("Available", ".status.storageAvailable", "bytes"),
            new("Maximum", ".status.storageMaximum", "bytes"), new("Scheduled", ".status.storageScheduled", "bytes"),
            new("Replicas", ".status.replicas", "integer"), new("Path", ".status.dataPath", Wide: true), new("Version", ".status.version", Wide: true),
        ],
    };

    public static ResourceKind<SettingResource> Setting { get; } = new(ApiGroup.AnkoleVersion, "Setting", "settings")
    {
        ShortNames = ["as"],
        Columns = [new("Value", ".value"), new("Applied", ".status.applied", "boolean"), new("Age", ".metadata.creationTimestamp", "date")],
    };

    public static ResourceKind<VolumeOperationResource> VolumeOperation { get; } = new(ApiGroup.AnkoleVersion, "VolumeOperation", "volumeoperations")
    {
        ShortNames = ["avo", "op"],
        Columns =
        [
            new("Volume", ".spec.volumeName"), new("Operation", ".spec.operation"), new("Phase", ".status.phase"),
            new("Progress", ".status.transfer.progress", "integer"), new("Age", ".metadata.creationTimestamp", "date"), new("Message", ".status.message", Wide: true),
        ],
    };

    public static ResourceKind<SecretResource> Secret { get; } = new(ApiGroup.CoreVersion, "Secret", "secrets")
    {
        IsNamespaced = true, HasStatus = false, Columns = [new("Type", ".type"), new("Age", ".metadata.creationTimestamp", "date")],
    };

    public static ResourceKind<EventResource> Event { get; } = new(ApiGroup.CoreVersion, "Event", "events")
    {
        ShortNames = ["ev"], IsNamespaced = true, HasStatus = false,
        Columns =
        [
            new("Last Seen", ".lastTimestamp", "date"), new("Type", ".type"), new("Reason", ".reason"), new("Kind", ".involvedObject.kind"),
            new("Object", ".involvedObject.name"), new("Message", ".message"), new("Count", ".count", "integer", Wide: true),
        ],
    };

    public static ResourceKind<StorageClassResource> StorageClass { get; } = new(ApiGroup.StorageVersion, "StorageClass", "storageclasses")
    {
        ShortNames = ["sc"], HasStatus = false,
        Columns = [new("Provisioner", ".provisioner"), new("ReclaimPolicy", ".reclaimPolicy"), new("Age", ".metadata.creationTimestamp", "date")],
    };

    public static IReadOnlyList<ResourceKind> All { get; } =
    [
        Volume, Snapshot, Backup, BackupVolume, BackupTarget, RecurringJob, Replica, Node, Setting, VolumeOperation, Secret, Event, StorageClass,
    ];

    public static ResourceKind? Find(string group, string version, string plural) =>
        All.FirstOrDefault(kind => kind.Group == group && kind.Version == version && kind.Plural == plural);

    public static ResourceKind? FindByKind(string apiVersion, string kind) => All.FirstOrDefault(known => known.ApiVersion == apiVersion && known.Kind == kind);
}
