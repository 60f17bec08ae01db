using Ankole.Control;
namespace Ankole.Server.Web.Live;

/// <summary>Everything that pages follow, one table a kind for the whole process.</summary>
internal sealed class LiveTables : IAsyncDisposable
{
    private readonly List<IAsyncDisposable> all = [];

    public LiveTables(WebStore store, LiveOptions options, TimeProvider time)
    {
        Options = options;
        Volumes = Table(Kinds.Volume, resource => (VolumeResource)resource, ByName);
        Snapshots = Table(Kinds.Snapshot, resource => (SnapshotResource)resource, OldestFirst);
        Backups = Table(Kinds.Backup, BackupRow.Of, BackupRow.NewestFirst);
        BackupVolumes = Table(Kinds.BackupVolume, resource => (BackupVolumeResource)resource, ByName);
        Targets = Table(Kinds.BackupTarget, resource => (BackupTargetResource)resource, ByName);
        Jobs = Table(Kinds.RecurringJob, resource => (RecurringJobResource)resource, ByName);
        Operations = Table(Kinds.VolumeOperation, resource => (VolumeOperationResource)resource, OldestFirst);
        Nodes = Table(Kinds.Node, resource => (NodeResource)resource, ByName);
        Settings = Table(Kinds.Setting, resource => (SettingResource)resource, ByName);
        Secrets = Table(Kinds.Secret, SecretRow.Of, (one, other) => string.CompareOrdinal(one.Name, other.Name));
        Events = Table(Kinds.Event, resource => (EventResource)resource, LastFirst);

        LiveTable<TRow> Table<TRow>(ResourceKind kind, Func<Resource, TRow> project, Comparison<TRow> order) where TRow : class
        {
            var table = new LiveTable<TRow>(store.Store, kind, project, order, options, time);
            all.Add(table);
            return table;
        }
    }

    public LiveOptions Options { get; }

    public LiveTable<VolumeResource> Volumes { get; }

    public LiveTable<SnapshotResource> Snapshots { get; }

    public LiveTable<BackupRow> Backups { get; }

    public LiveTable<BackupVolumeResource> BackupVolumes { get; }

    public LiveTable<BackupTargetResource> Targets { get; }

    public LiveTable<RecurringJobResource> Jobs { get; }

    public LiveTable<VolumeOperationResource> Operations { get; }

    public LiveTable<NodeResource> Nodes { get; }

    public LiveTable<SettingResource> Settings { get; }

    public LiveTable<SecretRow> Secrets { get; }

    public LiveTable<EventResource> Events { get; }

    public async ValueTask DisposeAsync()
    {
        foreach (var table in all)
            await table.DisposeAsync();
    }

    private static int ByName(Resource one, Resource other) => string.CompareOrdinal(one.Name, other.Name);

    private static int OldestFirst(Resource one, Resource other)
    {
        var byTime = Nullable.Compare(one.Metadata.CreationTimestamp, other.Metadata.CreationTimestamp);
        return byTime != 0 ? byTime : ByName(one, other);
    }

    private static int LastFirst(EventResource one, EventResource other)
    {
        var byTime = Nullable.Compare(other.LastTimestamp, one.LastTimestamp);
        return byTime != 0 ? byTime : ByName(one, other);
    }
}
