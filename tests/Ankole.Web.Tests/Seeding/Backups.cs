using Ankole.Control;

namespace Ankole.Web.Tests.Seeding;

/// <summary>Backups as the controllers would have mirrored them.</summary>
internal static class Backups
{
    /// <summary>One a day, with a failure and a gap here and there.</summary>
    public static async Task AddAsync(IResourceStore store, string volume, string target, int days, DateTimeOffset now, Random random)
    {
        for (var day = 0; day < days; day++)
        {
            if (random.Next(14) == 0)
                continue;
            var isBad = random.Next(16) == 0 && day > 0;
            await CreateAsync(store, $"backup-{volume}-{day:00}", volume, target, now.AddDays(-day).AddHours(-6), isBad ? BackupState.Error : BackupState.Completed, random.NextInt64(4L << 30), random.NextInt64(300L << 20));
        }
        var kept = await store.CreateAsync(new BackupVolumeResource
        {
            Metadata = new ObjectMeta { Name = $"{volume}-{target}" }, Spec = new BackupVolumeSpec { BackupTargetName = target, VolumeName = volume },
        }, default);
        await store.UpdateStatusAsync(kept with
        {
            Status = new BackupVolumeStatus { Size = $"{64L << 30}", BackupCount = days, LastBackupName = $"backup-{volume}-00", LastBackupAt = now.AddHours(-6), DataStored = $"{9L << 30}" },
        }, default);
    }

    public static async Task<BackupResource> AddRunningAsync(IResourceStore store, string volume, DateTimeOffset now)
    {
        var backup = await store.CreateAsync(new BackupResource { Metadata = new ObjectMeta { Name = $"backup-{volume}-running" }, Spec = new BackupSpec { VolumeName = volume, SnapshotName = $"{volume}-20260226", BackupTargetName = "offsite" } }, default);
        return await store.UpdateStatusAsync(backup with { Status = Running(backup.Status with { VolumeName = volume, BackupTargetName = "offsite" }, 37, 84_000_000, now) }, default);
    }

    public static BackupStatus Running(BackupStatus before, int percent, long rate, DateTimeOffset now) => before with
    {
        State = BackupState.InProgress, Progress = percent, StartedAt = now.AddMinutes(-3),
        Transfer = new TransferStatus { Activity = "sending", BytesDone = (41L << 30) / 100 * percent, BytesTotal = 41L << 30, BytesPerSecond = rate, Progress = percent, StartedAt = now.AddMinutes(-3), HeartbeatAt = now },
    };

    public static async Task CreateAsync(IResourceStore store, string name, string volume, string target, DateTimeOffset at, string state, long size, long fresh)
    {
        var backup = await store.CreateAsync(new BackupResource
        {
            Metadata = new ObjectMeta { Name = name }, Spec = new BackupSpec { VolumeName = volume, SnapshotName = $"snap-{name}", BackupTargetName = target },
        }, default);
        await store.UpdateStatusAsync(backup with
        {
            Status = new BackupStatus
            {
                State = state, Progress = state == BackupState.Completed ? 100 : 12, VolumeName = volume, BackupTargetName = target, VolumeSize = $"{64L << 30}", Size = $"{size}", NewlyUploadDataSize = fresh, SnapshotName = name == "backup-postgres-main-00" ? "nightly-3c" : name == "backup-postgres-main-05" ? "nightly-1a" : $"snap-{name}",
                BackupCreatedAt = at, SnapshotCreatedAt = at.AddSeconds(-4), StartedAt = at, FinishedAt = at.AddSeconds(97), Incremental = true, BlockSize = 2 << 20, CompressionMethod = "lz4",
                Url = $"s3://backups@eu-central-1/atlas/?backup={name}&volume={volume}", Error = state == BackupState.Error ? "the target answered 503 (slow down) 5 times; the backup is tried again at the next run" : "",
                Labels = new Dictionary<string, string> { [SystemNames.RecurringJobLabel] = "nightly" }, Requests = new Dictionary<string, long> { ["list"] = 1, ["get"] = 2, ["put"] = 119 },
            },
        }, default);
    }
}
