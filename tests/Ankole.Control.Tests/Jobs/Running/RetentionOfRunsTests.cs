namespace Ankole.Control.Tests.Jobs.Running;

/// <summary>What stays after many runs.</summary>
public sealed class RetentionOfRunsTests
{
    [Fact]
    public async Task Two_snapshot_and_two_backup_jobs_on_one_volume_keep_what_each_retains()
    {
        await using var world = new JobWorld();
        await world.CreateTargetAsync();
        (string Name, string Task, int Retain)[] jobs =
            [("snap-few", JobTask.Snapshot, 1), ("snap-many", JobTask.Snapshot, 3), ("back-few", JobTask.Backup, 1), ("back-many", JobTask.Backup, 2)];
        foreach (var (name, task, retain) in jobs)
            await world.CreateJobAsync(name, task, "*/1 * * * *", spec => spec with { Retain = retain });
        await world.CreateVolumeAsync("data", "attached", [.. jobs.Select(job => job.Name)]);
        await world.Store.CreateAsync(
            new SnapshotResource { Metadata = new ObjectMeta { Name = "by-hand" }, Spec = new SnapshotSpec { Volume = "data", CreateSnapshot = true } },
            TestContext.Current.CancellationToken);
        world.Start();

        for (var round = 0; round < 5; round++)
        {
            var tick = (await world.RunNextAsync("snap-few")).ScheduledAt;
            foreach (var (name, _, _) in jobs)
                Assert.Equal(JobPhase.Succeeded, Assert.Single((await world.EndOfRunAsync(name, tick)).Volumes).Phase);
        }

        Assert.Single(await world.SnapshotsAsync("snap-few"));
        Assert.Equal(3, (await world.SnapshotsAsync("snap-many")).Count);
        Assert.Single(await world.BackupsAsync("back-few"));
        Assert.Equal(2, (await world.BackupsAsync("back-many")).Count);
        Assert.Contains(await world.SnapshotsAsync(), snapshot => snapshot.Name == "by-hand"); // nobody's job, nobody's business
        Assert.Equal(5, (await world.JobAsync("back-many")).Status.ExecutionCount);

        // The newest of each are the ones that stayed.
        Assert.Equal(world.Now, (await world.SnapshotsAsync("snap-few"))[^1].Status.CreationTime);
        Assert.Equal([world.Now.AddMinutes(-1), world.Now], (await world.BackupsAsync("back-many")).Select(backup => backup.Status.BackupCreatedAt!.Value));
    }

    [Theory]
    [InlineData("true", 1)]
    [InlineData("false", 3)]
    public async Task A_backup_job_keeps_one_snapshot_or_as_many_as_backups_by_the_setting(string cleanup, int snapshots)
    {
        await using var world = new JobWorld();
        await world.CreateTargetAsync();
        await world.SetAsync(SettingCatalog.AutoCleanupRecurringJobBackupSnapshot, cleanup);
        await world.CreateJobAsync("nightly", JobTask.Backup, "@every 1m", spec => spec with { Retain = 3 });
        await world.CreateVolumeAsync("data", "attached", "nightly");
        world.Start();
        for (var round = 0; round < 5; round++)
            await world.RunNextAsync("nightly");

        Assert.Equal(3, (await world.BackupsAsync("nightly")).Count);
        var left = await world.SnapshotsAsync("nightly");
        Assert.Equal(snapshots, left.Count);
        Assert.Equal((await world.BackupsAsync("nightly"))[^1].Spec.SnapshotName, left[^1].Name);
    }

    [Fact]
    public async Task A_lowered_retain_holds_from_the_next_run_on()
    {
        await using var world = new JobWorld();
        await world.CreateJobAsync("snap", JobTask.Snapshot, "* * * * *", spec => spec with { Retain = 4 });
        await world.CreateVolumeAsync("data", "attached", "snap");
        world.Start();
        for (var round = 0; round < 4; round++)
            await world.RunNextAsync("snap");
        Assert.Equal(4, (await world.SnapshotsAsync("snap")).Count);

        await world.ChangeJobAsync("snap", spec => spec with { Retain = 2 });
        Assert.Equal(4, (await world.SnapshotsAsync("snap")).Count);
        await world.RunNextAsync("snap");
        Assert.Equal([world.Now.AddMinutes(-1), world.Now], (await world.SnapshotsAsync("snap")).Select(snapshot => snapshot.Status.CreationTime!.Value));
    }

    [Fact]
    public async Task The_snapshot_behind_the_last_backup_stays_while_backups_fail()
    {
        await using var world = new JobWorld();
        await world.CreateTargetAsync();
        await world.CreateJobAsync("nightly", JobTask.Backup, "@every 10m", spec => spec with { Retain = 5 });
        await world.CreateVolumeAsync("data", "attached", "nightly");
        world.Start();
        await world.RunNextAsync("nightly");
        var behind = Assert.Single(await world.SnapshotsAsync("nightly"));

        await world.SetAvailableAsync(false);
        for (var round = 0; round < 3; round++)
        {
            var tick = (await world.UntilAsync(async () => (await world.JobAsync("nightly")).Status is { Active: null, NextScheduleTime: { } at } && at > world.Now ? at : (DateTimeOffset?)null))!.Value;
            world.Time.Advance(tick - world.Now);
            await FailedRuns.EndAsync(world, "nightly", tick);
        }
        Assert.Contains(behind.Name, (await world.SnapshotsAsync("nightly")).Select(snapshot => snapshot.Name));
        Assert.Equal(2, (await world.SnapshotsAsync("nightly")).Count); // that one, and the newest try's
        Assert.Single(await world.BackupsAsync());
    }

    [Fact]
    public async Task Snapshot_delete_counts_every_snapshot_of_the_volume_whoever_made_it()
    {
        await using var world = new JobWorld();
        await world.CreateJobAsync("thin-out", JobTask.SnapshotDelete, "0 * * * *", spec => spec with { Retain = 2 });
        await world.CreateVolumeAsync("data", "attached", "thin-out");
        foreach (var name in (string[])["one", "two", "three"])
        {
            var snapshot = await world.Store.CreateAsync(
                new SnapshotResource { Metadata = new ObjectMeta { Name = name }, Spec = new SnapshotSpec { Volume = "data" } }, TestContext.Current.CancellationToken);
            await world.Store.UpdateStatusAsync(
                snapshot with { Status = new SnapshotStatus { CreationTime = world.Now, ReadyToUse = true } }, TestContext.Current.CancellationToken);
            world.Time.Advance(TimeSpan.FromSeconds(2));
        }
        world.Start();
        await world.RunNextAsync("thin-out");
        Assert.Equal(["two", "three"], (await world.SnapshotsAsync()).Select(snapshot => snapshot.Name));
    }

    [Theory]
    [InlineData(JobTask.SnapshotCleanup, "purge")]
    [InlineData(JobTask.FilesystemTrim, "trim purge")]
    public async Task Cleanup_and_trim_are_operations_of_the_volume(string task, string operations)
    {
        await using var world = new JobWorld();
        await world.CreateJobAsync("tidy", task, "0 * * * *");
        await world.CreateVolumeAsync("data", "attached", "tidy");
        world.Start();
        var run = await world.RunNextAsync("tidy");
        Assert.Equal(JobPhase.Succeeded, Assert.Single(run.Volumes).Phase);
        var made = (await world.ListAsync(Kinds.VolumeOperation)).Select(operation => operation.Spec.Operation);
        Assert.Equal(operations.Split(' ').Order(), made.Order());
    }

    [Fact]
    public async Task Every_so_manyth_backup_is_a_full_one()
    {
        await using var world = new JobWorld();
        await world.CreateTargetAsync();
        await world.CreateJobAsync(
            "nightly", JobTask.Backup, "@every 1m",
            spec => spec with { Retain = 9, Parameters = new Dictionary<string, string> { [JobParameters.FullBackupInterval] = "3" } });
        await world.CreateVolumeAsync("data", "attached", "nightly");
        world.Start();
        for (var round = 0; round < 6; round++)
            await world.RunNextAsync("nightly");
        Assert.Equal(
            ["incremental", "incremental", "full", "incremental", "incremental", "full"], (await world.BackupsAsync()).Select(backup => backup.Spec.BackupMode));
    }
}
