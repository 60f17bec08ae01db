using Ankole.Control;

namespace Ankole.Web.Tests.Seeding;

/// <summary>A host in the middle of its life, as its controllers would have written it: for pictures and pages.</summary>
internal static class World
{
    public static readonly string[] Volumes = ["accounting", "build-cache", "gitea", "mail", "photos", "postgres-main"];

    public static async Task FillAsync(IResourceStore store, DateTimeOffset now)
    {
        await AddNodeAsync(store, now);
        await AddTargetsAsync(store, now);
        await AddJobsAsync(store, now);
        var random = new Random(20260226);
        foreach (var name in Volumes)
            await AddVolumeAsync(store, name, random, now);
        await AddOwnJobsAsync(store, "postgres-main", now);
        await AddSnapshotsAsync(store, "postgres-main", now);
        foreach (var name in Volumes.Where(name => name is not "build-cache"))
            await Backups.AddAsync(store, name, "offsite", 28, now, random);
        await Backups.AddRunningAsync(store, "photos", now);
        await AddEventsAsync(store, now);
        foreach (var (name, value) in new[] { ("backup-compression-method", "gzip"), ("recurring-job-max-retention", "120") })
            await store.CreateAsync(new SettingResource { Metadata = new ObjectMeta { Name = name }, Value = value }, default);
        await store.CreateAsync(new SecretResource
        {
            Metadata = new ObjectMeta { Name = "offsite-credentials", Namespace = SystemNames.Namespace },
            Data = new Dictionary<string, string> { ["AWS_ACCESS_KEY_ID"] = "a2V5", ["AWS_SECRET_ACCESS_KEY"] = "c2VjcmV0", ["AWS_ENDPOINTS"] = "aHR0cHM6Ly9zMy5leGFtcGxlLmNvbQ==" },
        }, default);
    }

    private static async Task AddNodeAsync(IResourceStore store, DateTimeOffset now)
    {
        var node = await store.CreateAsync(new NodeResource { Metadata = new ObjectMeta { Name = "atlas" }, Spec = new NodeSpec { AllowScheduling = true } }, default);
        await store.UpdateStatusAsync(node with
        {
            Status = new NodeStatus
            {
                DataPath = "/var/lib/ankole/replicas", StorageMaximum = 960L << 30, StorageAvailable = 412L << 30, StorageScheduled = 620L << 30, Replicas = 6, AttachedVolumes = 4,
                Version = "0.1.0", HeartbeatAt = now, Conditions = [new Condition("Ready", Condition.True, "Alive", "")],
            },
        }, default);
    }

    private static async Task AddTargetsAsync(IResourceStore store, DateTimeOffset now)
    {
        var offsite = await store.CreateAsync(new BackupTargetResource
        {
            Metadata = new ObjectMeta { Name = "offsite" },
            Spec = new BackupTargetSpec { BackupTargetUrl = "s3://backups@eu-central-1/atlas/", CredentialSecret = "offsite-credentials", PollInterval = "5m0s" },
        }, default);
        await store.UpdateStatusAsync(offsite with
        {
            Status = new BackupTargetStatus
            {
                Available = true, LastSyncedAt = now.AddMinutes(-2), BackupVolumes = 5,
                Probe =
                [
                    new ProbeStepStatus("name", "passed", "s3.example.com is 192.0.2.7", 0.01), new ProbeStepStatus("connect", "passed", "TLS 1.3", 0.05),
                    new ProbeStepStatus("list", "passed", "214 objects", 0.12), new ProbeStepStatus("write, read and delete", "passed", "4 KiB", 0.31),
                ],
            },
        }, default);
        var nas = await store.CreateAsync(new BackupTargetResource
        {
            Metadata = new ObjectMeta { Name = SystemNames.DefaultTarget }, Spec = new BackupTargetSpec { BackupTargetUrl = "nfs://nas.example.com:/export/backups", PollInterval = "5m0s" },
        }, default);
        const string Why = "failed to list system backups in nfs://nas.example.com:/export/backups: the server refused the connection. Is its NFS service running, and is port 2049 open?";
        await store.UpdateStatusAsync(nas with
        {
            Status = new BackupTargetStatus
            {
                Conditions = [new Condition("Unavailable", Condition.True, "Unavailable", Why, now.AddHours(-3))], LastSyncedAt = now.AddHours(-3), BackupVolumes = 2,
                Probe =
                [
                    new ProbeStepStatus("name", "passed", "nas.example.com is 192.0.2.40", 0.01),
                    new ProbeStepStatus("connect", "failed", "The server refused the connection at port 2049. Start its NFS service, or open the port in its firewall.", 1.02),
                    new ProbeStepStatus("mount", "skipped", "", 0),
                ],
            },
        }, default);
    }

    private static async Task AddJobsAsync(IResourceStore store, DateTimeOffset now)
    {
        await AddJobAsync(store, "nightly", new RecurringJobSpec { Task = "backup", Cron = "15 2 * * *", Retain = 14, KeepWeekly = 8, KeepMonthly = 12, Groups = ["default"], Concurrency = 2 }, now, null);
        await AddJobAsync(store, "hourly", new RecurringJobSpec { Task = "snapshot", Cron = "0 * * * *", Retain = 24, Groups = ["databases"], Labels = new Dictionary<string, string> { ["tier"] = "gold" } }, now, null);
        await AddJobAsync(store, "weekly-full", new RecurringJobSpec { Task = "backup", Cron = "0 4 * * 0", Retain = 4, Suspend = true }, now, "mail");
    }

    private static async Task AddJobAsync(IResourceStore store, string name, RecurringJobSpec spec, DateTimeOffset now, string? failing, OwnerReference? owner = null)
    {
        var job = await store.CreateAsync(new RecurringJobResource { Metadata = new ObjectMeta { Name = name, OwnerReferences = owner is null ? [] : [owner] }, Spec = spec }, default);
        var next = CronExpression.Parse(spec.Cron).NextOccurrence(now, TimeZoneInfo.Utc);
        await store.UpdateStatusAsync(job with
        {
            Status = new RecurringJobStatus
            {
                ExecutionCount = 112, LastScheduleTime = now.AddHours(-6), LastSuccessTime = now.AddHours(-6), NextScheduleTime = next,
                LastRun = new JobRun
                {
                    Number = 112, ScheduledAt = now.AddHours(-6), StartedAt = now.AddHours(-6), FinishedAt = now.AddHours(-6).AddMinutes(4),
                    Volumes = [.. Volumes.Take(4).Select(volume => new JobVolumeRun
                    {
                        Volume = volume, Phase = volume == failing ? "Failed" : "Succeeded", Snapshot = $"{name[..Math.Min(6, name.Length)]}-c-5f2e", Backup = volume == failing ? "" : "backup-00000000000000aa",
                        Message = volume == failing ? "the target did not answer within a minute; it was tried 3 times" : "", FinishedAt = now.AddHours(-6),
                    })],
                },
            },
        }, default);
    }

    /// <summary>A volume's own list, and the jobs that run it.</summary>
    private static async Task AddOwnJobsAsync(IResourceStore store, string name, DateTimeOffset now)
    {
        VolumeRecurringJob[] entries =
        [
            new() { Name = "snap", Task = JobTask.Snapshot, Cron = "*/15 * * * *", Retain = 12 },
            new() { Name = "offsite", Task = JobTask.Backup, Cron = "30 1 * * 0", Retain = 4, Labels = new Dictionary<string, string> { ["interval"] = "1w" } },
        ];
        var volume = await store.ChangeAsync<VolumeResource>(new ResourceKey(Kinds.Volume, null, name), status: false, current => current with { Spec = current.Spec with { RecurringJobs = entries } }, default);
        foreach (var entry in entries)
            await AddJobAsync(store, ListedJob.NameOf(name, entry.Name), new RecurringJobSpec { Task = entry.Task, Cron = entry.Cron, Retain = entry.Retain, Labels = entry.Labels }, now, null,
                new OwnerReference(volume!.ApiVersion, volume.Kind, name, volume.Metadata.Uid ?? "", Controller: true));
    }

    private static async Task AddVolumeAsync(IResourceStore store, string name, Random random, DateTimeOffset now)
    {
        var volume = await store.CreateAsync(new VolumeResource
        {
            Metadata = new ObjectMeta { Name = name, Labels = name == "postgres-main" ? new Dictionary<string, string> { ["recurring-job-group.ankole.io/databases"] = "enabled", ["recurring-job.ankole.io/nightly"] = "enabled" } : new Dictionary<string, string>() },
            Spec = new VolumeSpec
            {
                Size = $"{(random.Next(1, 20) * 8L) << 30}", NumberOfReplicas = 1, Frontend = "nbd", BackupTargetName = name == "mail" ? "default" : "offsite", BackupBlockSize = "2097152", BackupCompressionMethod = "lz4",
                AttachmentTickets = name is "accounting" or "build-cache" ? new Dictionary<string, AttachmentTicket>() : new Dictionary<string, AttachmentTicket> { ["ankole-ui"] = new() { Type = AttachmentTicketType.Api, NodeID = "atlas" } },
            },
        }, default);
        var isAttached = volume.Spec.AttachmentTickets.Count > 0;
        var socket = $"/var/lib/ankole/sockets/{name}.sock";
        await store.UpdateStatusAsync(volume with
        {
            Status = new VolumeStatus
            {
                State = isAttached ? "attached" : "detached", Robustness = name == "gitea" ? "degraded" : "healthy", CurrentNodeID = isAttached ? "atlas" : "",
                Endpoint = isAttached ? $"nbd+unix:///{name}?socket={socket}" : "", CurrentSize = volume.Spec.Size, ActualSize = volume.Spec.SizeBytes / 3 + random.NextInt64(1 << 30),
                LastBackup = name == "build-cache" ? "" : $"backup-{name}-00", LastBackupAt = name == "build-cache" ? null : name == "mail" ? now.AddDays(-4) : now.AddHours(-6),
                RecurringJobs = name == "build-cache" ? [] : [new EffectiveJob("nightly", false, ["default"])],
                Conditions = name == "gitea" ? [new Condition("Scheduled", Condition.False, "ReplicaSchedulingFailure", "2 copies are wanted and this host can keep 1. Set numberOfReplicas to 1, or add a node.")] : [],
            },
        }, default);
    }

    private static async Task AddSnapshotsAsync(IResourceStore store, string volume, DateTimeOffset now)
    {
        (string Name, string Parent, string[] Children, bool Removed, bool Persons)[] chain =
        [
            ("before-upgrade", "", ["nightly-1a"], false, true), ("nightly-1a", "before-upgrade", ["tried-migration", "nightly-2b"], false, true),
            ("tried-migration", "nightly-1a", ["tried-again"], false, true), ("tried-again", "tried-migration", [], false, true),
            ("nightly-2b", "nightly-1a", ["rebuild-77"], true, true), ("rebuild-77", "nightly-2b", ["nightly-3c"], false, false), ("nightly-3c", "rebuild-77", ["volume-head"], false, true),
        ];
        for (var i = 0; i < chain.Length; i++)
        {
            var (name, parent, children, removed, persons) = chain[i];
            var snapshot = await store.CreateAsync(new SnapshotResource
            {
                Metadata = new ObjectMeta { Name = name },
                Spec = new SnapshotSpec { Volume = volume, CreateSnapshot = persons, Labels = name.StartsWith("nightly", StringComparison.Ordinal) ? new Dictionary<string, string> { ["RecurringJob"] = "nightly" } : new Dictionary<string, string>() },
            }, default);
            await store.UpdateStatusAsync(snapshot with
            {
                Status = new SnapshotStatus { Parent = parent, Children = children, MarkRemoved = removed, UserCreated = persons, CreationTime = now.AddDays(i - chain.Length), Size = (i + 1) * 733L << 20, ReadyToUse = !removed, RestoreSize = 64L << 30 },
            }, default);
        }
    }

    private static async Task AddEventsAsync(IResourceStore store, DateTimeOffset now)
    {
        (string Kind, string Name, string Reason, string Message, bool Warning)[] events =
        [
            ("Volume", "photos", "InProgress", "backup backup-photos-running of snapshot photos-20260226 is running", false), ("BackupTarget", "default", "Unavailable", "the server refused the connection at port 2049", true),
            ("Volume", "gitea", "Degraded", "1 of 2 copies can be kept", true), ("Volume", "postgres-main", "Completed", "backup backup-postgres-main-00 is completed: 211 MiB new", false),
            ("RecurringJob", "nightly", "Completed", "run 112: 4 volumes done", false), ("Snapshot", "nightly-3c", "Create", "snapshot nightly-3c of postgres-main is ready", false),
        ];
        for (var i = 0; i < events.Length; i++)
        {
            var (kind, name, reason, message, warning) = events[i];
            await store.CreateAsync(new EventResource
            {
                Metadata = new ObjectMeta { Name = $"event-{i}", Namespace = SystemNames.Namespace }, InvolvedObject = new ObjectReference { Kind = kind, Name = name }, Reason = reason, Message = message,
                Type = warning ? "Warning" : "Normal", FirstTimestamp = now.AddHours(-i), LastTimestamp = now.AddMinutes(-i * 17), Count = i + 1, Source = new EventSource { Component = "ankoled" },
            }, default);
        }
    }
}
