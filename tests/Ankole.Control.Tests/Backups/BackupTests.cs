using System.Text;
using Ankole.Backup;

namespace Ankole.Control.Tests;

public sealed class BackupTests
{
    private const int MiB = TestHost.MiB;

    [Fact]
    public async Task A_backup_without_a_snapshot_takes_one_and_restores_into_an_equal_volume()
    {
        await using var host = await TestHost.StartAsync();
        await host.UseBucketAsync();
        await host.MakeVolumeAsync("data");
        await host.WriteAsync("data", seed: 7, offset: 3 * MiB, length: 2 * MiB);
        var backup = await host.BackUpAsync("data", "backup-1");
        Assert.Equal("s3://bucket@test/?backup=backup-1&volume=data", backup.Status.Url);
        Assert.Equal("backup-1", backup.Status.SnapshotName);
        Assert.Equal(100, backup.Status.Progress);
        Assert.True(backup.Status.Requests["put"] > 0);
        await host.UntilToldAsync("Volume", "data", "Completed");

        await host.CreateVolumeAsync("copy", size: 0, spec => spec with { FromBackup = backup.Status.Url });
        var copy = await host.VolumeAsync("copy", volume => volume.Status is { RestoreRequired: false, State: VolumeState.Detached } && volume.Status.LastRestoredBackup.Length > 0);
        Assert.Equal("backup-1", copy.Status.LastRestoredBackup);
        Assert.Equal((16 * MiB).ToString(), copy.Spec.Size);
        Assert.Equal(await host.ReadAllAsync("data"), await host.ReadAllAsync("copy"));
        var volume = await host.VolumeAsync("data", found => found.Status.LastBackup == "backup-1");
        Assert.NotNull(volume.Status.LastBackupAt);
    }

    [Fact]
    public async Task A_second_backup_sends_only_what_changed_and_the_backup_volume_shows_both()
    {
        await using var host = await TestHost.StartAsync();
        await host.UseBucketAsync();
        await host.MakeVolumeAsync("data");
        await host.WriteAsync("data", seed: 1, length: 8 * MiB);
        await host.BackUpAsync("data", "backup-1");
        await host.WriteAsync("data", seed: 2, offset: 2 * MiB);
        var second = await host.BackUpAsync("data", "backup-2");
        Assert.True(second.Status.Incremental);
        // One block of 2 MiB, packed; noise packs to a little more than itself.
        Assert.InRange(second.Status.NewlyUploadDataSize, 1, 3 * MiB);
        var shown = await host.UntilAsync(Kinds.BackupVolume, StoreNames.BackupVolume("default", "data"), volume => volume.Status.LastBackupName == "backup-2");
        Assert.Equal((16 * MiB).ToString(), shown.Status.Size);
    }

    [Fact]
    public async Task Whoever_sees_a_backup_completed_finds_its_backup_volume()
    {
        await using var host = await TestHost.StartAsync();
        await host.UseBucketAsync();
        await host.MakeVolumeAsync("data");
        await host.WriteAsync("data", seed: 1);
        var bucket = host.ObjectStores.Bucket("bucket");
        var listings = new TaskCompletionSource();
        // The look at the target that follows a backup does not end until this test lets it.
        host.ObjectStores.Hang = (request, token) => request.Kind is StoreRequestKind.List or StoreRequestKind.ListFolders && IsBackedUp(bucket)
            ? listings.Task.WaitAsync(token)
            : Task.CompletedTask;
        await host.BackUpAsync("data", "backup-1");
        Assert.NotNull(await host.Users.GetAsync(Kinds.BackupVolume, StoreNames.BackupVolume("default", "data"), TestHost.Token));
        listings.SetResult();
        await host.UntilAsync(Kinds.BackupVolume, StoreNames.BackupVolume("default", "data"), volume => volume.Status.LastBackupName == "backup-1");
    }

    private static bool IsBackedUp(MemoryObjectStore bucket) =>
        bucket.Contents.Any(stored => stored.Key.EndsWith("/volume.cfg", StringComparison.Ordinal) && Encoding.UTF8.GetString(stored.Value).Contains("backup-1", StringComparison.Ordinal));

    [Fact]
    public async Task A_deleted_backup_leaves_the_store_and_the_last_backup_moves_back()
    {
        await using var host = await TestHost.StartAsync();
        await host.UseBucketAsync();
        await host.MakeVolumeAsync("data");
        await host.WriteAsync("data", seed: 1);
        await host.BackUpAsync("data", "backup-1");
        await host.WriteAsync("data", seed: 2);
        await host.BackUpAsync("data", "backup-2");
        await host.Users.DeleteAsync(new ResourceKey(Kinds.Backup, null, "backup-2"), null, TestHost.Token);
        await host.UntilGoneAsync(Kinds.Backup, "backup-2");
        Assert.DoesNotContain(host.ObjectStores.Bucket("bucket").Contents.Keys, key => key.Contains("backup-2"));
        await host.UntilAsync(Kinds.BackupVolume, StoreNames.BackupVolume("default", "data"), volume => volume.Status.LastBackupName == "backup-1");
        await host.VolumeAsync("data", volume => volume.Status.LastBackup == "backup-1");
    }

    [Fact]
    public async Task A_backup_whose_resource_alone_goes_stays_in_the_store()
    {
        await using var host = await TestHost.StartAsync();
        await host.UseBucketAsync();
        await host.MakeVolumeAsync("data");
        await host.WriteAsync("data", seed: 1);
        var backup = await host.BackUpAsync("data", "backup-1");
        var before = host.ObjectStores.Bucket("bucket").Contents.Keys.ToHashSet();
        await host.Users.ChangeAsync<BackupResource>(ResourceKey.Of(backup), status: false, current => current with
        {
            Metadata = current.Metadata with { Labels = new Dictionary<string, string>(current.Metadata.Labels) { [SystemNames.DeleteResourceOnlyLabel] = "true" } },
        }, TestHost.Token);
        await host.Users.DeleteAsync(ResourceKey.Of(backup), null, TestHost.Token);
        await host.UntilGoneAsync(Kinds.Backup, "backup-1");
        Assert.Equal(before, host.ObjectStores.Bucket("bucket").Contents.Keys.ToHashSet());
    }

    [Fact]
    public async Task A_target_that_fails_for_a_while_is_tried_again_until_the_backup_is_complete()
    {
        // So many attempts that they don't run out before the target answers again, however late this test comes to that.
        await using var host = await TestHost.StartAsync(change: options => options with { MaxAttempts = 1000 });
        await host.UseBucketAsync();
        await host.MakeVolumeAsync("data");
        await host.WriteAsync("data", seed: 1);
        host.ObjectStores.Plan = request => request.Kind == StoreRequestKind.Put && request.Key.EndsWith(".blk", StringComparison.Ordinal) ? StoreFault.Unavailable : StoreFault.None;
        await host.CreateBackupAsync("data", "backup-1");
        var waiting = await host.UntilAsync(Kinds.Backup, "backup-1", backup => backup.Status.Attempts >= 1);
        Assert.NotEqual(BackupState.Completed, waiting.Status.State);
        host.ObjectStores.Plan = _ => StoreFault.None;
        await host.UntilAsync(Kinds.Backup, "backup-1", backup => backup.Status.State == BackupState.Completed);
    }

    [Fact]
    public async Task A_target_that_is_missing_for_a_while_is_tried_again_until_the_backup_is_complete()
    {
        await using var host = await TestHost.StartAsync(change: options => options with { MaxAttempts = 1000, FirstRetryPause = TimeSpan.FromMilliseconds(1) });
        var folder = Directory.CreateDirectory(Path.Combine(host.ReplicaFolder, "..", "backupstore")).FullName;
        await host.UseTargetAsync($"file://{folder}");
        await host.MakeVolumeAsync("data");
        await host.WriteAsync("data", seed: 1);
        await host.SnapshotAsync("data", "snap");
        Directory.Move(folder, folder + "-away");
        await host.CreateBackupAsync("data", "backup-1", "snap");
        // The next try may have begun already; between two of them it waits.
        var waiting = await host.UntilAsync(Kinds.Backup, "backup-1", backup => backup.Status is { Attempts: > 0, State: not BackupState.InProgress });
        Assert.Equal(BackupState.Pending, waiting.Status.State);
        Directory.Move(folder + "-away", folder);
        await host.UntilAsync(Kinds.Backup, "backup-1", backup => backup.Status.State == BackupState.Completed);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(0)]
    public async Task The_settings_limit_how_many_blocks_of_one_backup_and_one_restore_are_in_hand(int limit)
    {
        await using var host = await TestHost.StartAsync();
        await host.SetAsync(SettingCatalog.BackupBlocksAtOnce, limit.ToString());
        await host.SetAsync(SettingCatalog.RestoreBlocksAtOnce, limit.ToString());
        await host.UseBucketAsync();
        await host.MakeVolumeAsync("data");
        await host.WriteAsync("data", seed: 1, length: 12 * TestHost.MiB);
        var (puts, gets) = (new Crowd(limit), new Crowd(limit));
        host.ObjectStores.Hang = (request, token) => request switch
        {
            { Kind: StoreRequestKind.Put } when request.Key.EndsWith(".blk", StringComparison.Ordinal) => puts.PassAsync(token),
            { Kind: StoreRequestKind.Get } when request.Key.EndsWith(".blk", StringComparison.Ordinal) => gets.PassAsync(token),
            _ => Task.CompletedTask,
        };
        var backup = await host.BackUpAsync("data", "backup-1");
        await host.CreateVolumeAsync("copy", 0, spec => spec with { FromBackup = backup.Status.Url });
        await host.VolumeAsync("copy", volume => volume.Status.LastRestoredBackup == backup.StoredName());
        Assert.Equal((6, 6), (puts.Passed, gets.Passed));
        Assert.Equal((limit == 1, limit == 1), (puts.Most == 1, gets.Most == 1));
    }

    /// <summary>Counts how many are inside at once. Without a limit each waits for company, so that it is seen whether there ever is any.</summary>
    private sealed class Crowd(int limit)
    {
        private readonly TaskCompletionSource company = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly Lock guard = new();
        private int inside;

        public int Passed { get; private set; }

        public int Most { get; private set; }

        public async Task PassAsync(CancellationToken cancellationToken)
        {
            lock (guard)
            {
                Most = Math.Max(Most, ++inside);
                if (inside > 1)
                    company.TrySetResult();
            }
            await (limit == 1 ? Task.Delay(20, cancellationToken) : company.Task.WaitAsync(TimeSpan.FromSeconds(60), cancellationToken));
            lock (guard)
            {
                inside--;
                Passed++;
            }
        }
    }

    [Fact]
    public async Task A_target_that_fails_for_good_ends_in_an_error_that_names_it()
    {
        await using var host = await TestHost.StartAsync();
        await host.UseBucketAsync();
        await host.MakeVolumeAsync("data");
        await host.WriteAsync("data", seed: 1);
        host.ObjectStores.Plan = request => request.IsWrite ? StoreFault.Unavailable : StoreFault.None;
        await host.CreateBackupAsync("data", "backup-1");
        var failed = await host.UntilAsync(Kinds.Backup, "backup-1", backup => backup.Status.State == BackupState.Error);
        Assert.Contains("503", failed.Status.Error);
        Assert.Equal(host.Options.MaxAttempts, failed.Status.Attempts);
        await host.UntilToldAsync("Volume", "data", "Error");
    }

    [Fact]
    public async Task A_backup_that_a_stop_interrupts_is_made_after_the_restart_under_its_name()
    {
        await using var host = await TestHost.StartAsync();
        await host.UseBucketAsync();
        await host.MakeVolumeAsync("data");
        await host.WriteAsync("data", seed: 5, length: 4 * MiB);
        var gate = new TaskCompletionSource();
        host.ObjectStores.Hang = (request, token) => request.Key.EndsWith(".blk", StringComparison.Ordinal) ? gate.Task.WaitAsync(token) : Task.CompletedTask;
        await host.CreateBackupAsync("data", "backup-1");
        await host.UntilAsync(Kinds.Backup, "backup-1", backup => backup.Status.State == BackupState.InProgress);
        await host.StopAsync();
        Assert.Equal(BackupState.InProgress, (await host.Store.GetAsync(Kinds.Backup, "backup-1", TestHost.Token))!.Status.State);
        host.ObjectStores.Hang = (_, _) => Task.CompletedTask;
        await host.RunAsync();
        var backup = await host.UntilAsync(Kinds.Backup, "backup-1", found => found.Status.State == BackupState.Completed);
        Assert.Single((await host.Store.ListAsync(new ResourceQuery(Kinds.Backup), TestHost.Token)).Items);
        Assert.Single((await host.Store.ListAsync(new ResourceQuery(Kinds.Snapshot), TestHost.Token)).Items);
        await host.CreateVolumeAsync("copy", size: 0, spec => spec with { FromBackup = backup.Status.Url });
        await host.VolumeAsync("copy", volume => volume.Status is { RestoreRequired: false, State: VolumeState.Detached });
        Assert.Equal(await host.ReadAllAsync("data"), await host.ReadAllAsync("copy"));
    }

    [Fact]
    public async Task A_backup_whose_record_was_written_before_a_kill_is_complete_and_not_made_twice()
    {
        await using var host = await TestHost.StartAsync();
        await host.UseBucketAsync();
        await host.MakeVolumeAsync("data");
        await host.WriteAsync("data", seed: 5);
        var made = await host.BackUpAsync("data", "backup-1");
        await host.StopAsync();
        var puts = host.ObjectStores.Bucket("bucket").Requests.Snapshot().Put;
        // What a process that was killed right after the record was written leaves behind.
        await host.Store.ChangeAsync<BackupResource>(ResourceKey.Of(made), status: true, backup => backup with
        {
            Status = backup.Status with { State = BackupState.InProgress, FinishedAt = null, Progress = 50 },
        }, TestHost.Token);
        await host.RunAsync();
        await host.UntilAsync(Kinds.Backup, "backup-1", backup => backup.Status.State == BackupState.Completed);
        Assert.Equal(puts, host.ObjectStores.Bucket("bucket").Requests.Snapshot().Put);
    }

    [Fact]
    public async Task A_backup_in_which_nothing_moves_is_stopped_and_says_so()
    {
        await using var host = await TestHost.StartAsync(change: options => options with { StallAfter = TimeSpan.FromSeconds(2), MaxAttempts = 1 });
        await host.UseBucketAsync();
        await host.MakeVolumeAsync("data");
        await host.WriteAsync("data", seed: 1);
        host.ObjectStores.Hang = (request, token) => request.Key.EndsWith(".blk", StringComparison.Ordinal) ? Task.Delay(Timeout.Infinite, token) : Task.CompletedTask;
        await host.CreateBackupAsync("data", "backup-1");
        var failed = await host.UntilAsync(Kinds.Backup, "backup-1", backup => backup.Status.State == BackupState.Error);
        Assert.Contains("nothing moved", failed.Status.Error);
    }

    [Fact]
    public async Task A_backup_that_is_deleted_while_it_runs_is_stopped_first()
    {
        await using var host = await TestHost.StartAsync();
        await host.UseBucketAsync();
        await host.MakeVolumeAsync("data");
        await host.WriteAsync("data", seed: 1);
        host.ObjectStores.Hang = (request, token) => request.Key.EndsWith(".blk", StringComparison.Ordinal) ? Task.Delay(Timeout.Infinite, token) : Task.CompletedTask;
        await host.CreateBackupAsync("data", "backup-1");
        await host.UntilAsync(Kinds.Backup, "backup-1", backup => backup.Status.State == BackupState.InProgress);
        await host.Users.DeleteAsync(new ResourceKey(Kinds.Backup, null, "backup-1"), null, TestHost.Token);
        await host.UntilGoneAsync(Kinds.Backup, "backup-1");
        Assert.DoesNotContain(host.ObjectStores.Bucket("bucket").Contents.Keys, key => key.Contains("backup-1") || key.EndsWith(".lck", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_setting_deletes_the_snapshot_of_a_backup_made_by_hand()
    {
        await using var host = await TestHost.StartAsync();
        await host.SetAsync(SettingCatalog.AutoCleanupSnapshotAfterOnDemandBackup, "true");
        await host.UseBucketAsync();
        await host.MakeVolumeAsync("data");
        await host.WriteAsync("data", seed: 1);
        await host.BackUpAsync("data", "backup-1");
        await host.UntilGoneAsync(Kinds.Snapshot, "backup-1");
    }
}
