namespace Ankole.Control.Tests.Jobs.Running;

/// <summary>How volumes come to their jobs and lose them.</summary>
public sealed class AssignmentTests
{
    [Fact]
    public async Task Jobs_come_by_name_by_group_and_for_whom_names_nothing_by_the_default_group()
    {
        await using var world = new JobWorld();
        await world.CreateJobAsync("named", JobTask.Snapshot, "0 * * * *");
        await world.CreateJobAsync("grouped", JobTask.Snapshot, "0 * * * *", spec => spec with { Groups = ["gold", "silver"] });
        await world.CreateJobAsync("everybody", JobTask.Snapshot, "0 * * * *", spec => spec with { Groups = ["default"] });
        await world.CreateVolumeAsync("by-name", "attached", "named");
        await LabelledVolumeAsync(world, "by-group", (JobLabels.OfGroup("gold"), "enabled"), (JobLabels.OfGroup("silver"), "enabled"));
        await LabelledVolumeAsync(world, "by-longhorn", ("recurring-job.longhorn.io/named", "enabled"), ("recurring-job-group.longhorn.io/gold", "enabled"));
        await LabelledVolumeAsync(world, "opted-out", (JobLabels.OfGroup("default"), "disabled"));
        await world.CreateVolumeAsync("by-default");
        world.Start();
        await world.UntilAsync(async () => (await world.VolumeAsync("by-default")).Status.RecurringJobs.Count == 1);
        var tick = (await world.RunNextAsync("named")).ScheduledAt;
        await world.EndOfRunAsync("grouped", tick);
        await world.EndOfRunAsync("everybody", tick);

        Assert.Equal(["by-longhorn", "by-name"], await VolumesAsync(world, "named"));
        Assert.Equal(["by-group", "by-longhorn"], await VolumesAsync(world, "grouped"));
        Assert.Equal(["by-default"], await VolumesAsync(world, "everybody"));
        Assert.Equal("enabled", (await world.VolumeAsync("by-default")).Metadata.Labels["recurring-job-group.ankole.io/default"]);
        await world.UntilAsync(async () => (await world.VolumeAsync("by-group")).Status.RecurringJobs.Count > 0);
        Assert.Equal(
            "grouped through gold silver", string.Join("; ", (await world.VolumeAsync("by-group")).Status.RecurringJobs.Select(job => $"{job.Name} through {string.Join(' ', job.FromGroups)}")));
    }

    [Fact]
    public async Task The_job_s_labels_and_its_name_are_on_what_it_makes()
    {
        await using var world = new JobWorld();
        await world.CreateTargetAsync();
        await world.CreateJobAsync("nightly-backup", JobTask.Backup, "0 * * * *", spec => spec with { Labels = new Dictionary<string, string> { ["interval"] = "2m" } });
        await world.CreateVolumeAsync("data", "attached", "nightly-backup");
        world.Start();
        await world.RunNextAsync("nightly-backup");
        var (snapshot, backup) = (Assert.Single(await world.SnapshotsAsync()), Assert.Single(await world.BackupsAsync()));
        Assert.Equal(new Dictionary<string, string> { ["interval"] = "2m", ["RecurringJob"] = "nightly-backup" }, snapshot.Spec.Labels);
        Assert.Equal(snapshot.Spec.Labels, backup.Spec.Labels);
        Assert.Matches(@"\Anightly--[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\z", snapshot.Name); // 8 characters of nightly-backup-c, then a UUID
        Assert.Matches(@"\Abackup-[0-9a-f]{16}\z", backup.Name);
    }

    [Fact]
    public async Task A_deleted_job_ends_its_run_leaves_what_it_made_and_leaves_its_volumes()
    {
        await using var world = new JobWorld();
        await world.CreateTargetAsync();
        await world.CreateJobAsync("gone", JobTask.Backup, "0 * * * *", spec => spec with { Groups = ["only-here", "shared"] });
        await world.CreateJobAsync("stays", JobTask.Snapshot, "0 0 1 1 *", spec => spec with { Groups = ["shared"] });
        await LabelledVolumeAsync(
            world, "data", (JobLabels.OfJob("gone"), "enabled"), (JobLabels.OfGroup("only-here"), "enabled"), (JobLabels.OfGroup("shared"), "enabled"),
            (JobLabels.OfJob("never-existed"), "enabled"));
        await world.CreateVolumeAsync("other", "attached", "gone");
        world.World.HoldBackups = true;
        world.Start();
        await SchedulingTests.BeginRunAsync(world, "gone");
        await world.UntilAsync(async () => (await world.BackupsAsync()).Count == 2);

        await world.Store.DeleteAsync(new ResourceKey(Kinds.RecurringJob, null, "gone"), null, TestContext.Current.CancellationToken);
        await world.UntilAsync(async () => (await world.ListAsync(Kinds.RecurringJob)).Count == 1);
        await world.UntilAsync(async () => (await world.VolumeAsync("other")).Metadata.Labels.ContainsKey(JobLabels.OfGroup("default")));
        Assert.Equal(
            [JobLabels.OfGroup("shared"), JobLabels.OfJob("never-existed")], (await world.VolumeAsync("data")).Metadata.Labels.Keys.Order(StringComparer.Ordinal));
        Assert.Equal([JobLabels.OfGroup("default")], (await world.VolumeAsync("other")).Metadata.Labels.Keys);
        // A look at the volume that had begun before may still write what it found; the change of its labels brings another.
        await world.UntilAsync(async () => (await world.VolumeAsync("data")).Status.RecurringJobs is [{ Name: "stays" }]);
        Assert.Equal(2, (await world.SnapshotsAsync()).Count);
        Assert.Equal(2, (await world.BackupsAsync()).Count);
    }

    [Fact]
    public async Task The_list_of_the_page_s_StorageClass_is_honoured_and_its_jobs_vanish_with_their_entries()
    {
        var errors = new List<FieldError>();
        var jobs = StorageClassJobs.Read(
            new Dictionary<string, string>
            {
                ["numberOfReplicas"] = "3", ["staleReplicaTimeout"] = "30", ["fromBackup"] = "",
                ["recurringJobs"] = """
                    [{"name":"snap", "task":"snapshot", "cron":"*/1 * * * *", "retain":1},
                                       {"name":"backup", "task":"backup", "cron":"*/2 * * * *", "retain":1}]
                    """,
            },
            "parameters", errors);
        Assert.Empty(errors);

        await using var world = new JobWorld();
        await world.CreateTargetAsync();
        foreach (var name in (string[])["one", "two"])
        {
            var volume = await world.CreateVolumeAsync(name);
            await world.Store.UpdateAsync(volume with { Spec = volume.Spec with { RecurringJobs = jobs.Listed } }, TestContext.Current.CancellationToken);
        }
        world.Start();
        var (snap, backup) = (ListedJob.NameOf("one", "snap"), ListedJob.NameOf("one", "backup"));
        await world.UntilAsync(async () => (await world.ListAsync(Kinds.RecurringJob)).Count == 4);
        await world.UntilAsync(async () => (await world.VolumeAsync("one")).Status.RecurringJobs.Count == 2);
        for (var round = 0; round < 4; round++)
        {
            var tick = (await world.RunNextAsync(snap)).ScheduledAt;
            if (tick.Minute % 2 == 0)
                await world.EndOfRunAsync(backup, tick);
        }

        Assert.Equal(4, (await world.JobAsync(snap)).Status.ExecutionCount);
        Assert.Equal(2, (await world.JobAsync(backup)).Status.ExecutionCount);
        Assert.Single(await world.SnapshotsAsync(snap));
        Assert.Single(await world.BackupsAsync(backup));
        Assert.All((await world.JobAsync(snap)).Status.LastRun!.Volumes, volume => Assert.Equal("one", volume.Volume));
        Assert.False((await world.VolumeAsync("one")).Metadata.Labels.ContainsKey(JobLabels.OfGroup("default")));

        // The entry goes, and with it the job and its label; what it made stays.
        await world.Store.ChangeAsync<VolumeResource>(
            new ResourceKey(Kinds.Volume, null, "one"), status: false, volume => volume with { Spec = volume.Spec with { RecurringJobs = [jobs.Listed[1]] } },
            TestContext.Current.CancellationToken);
        await world.UntilAsync(async () => (await world.ListAsync(Kinds.RecurringJob)).Count == 3);
        await world.UntilAsync(async () => (await world.VolumeAsync("one")).Status.RecurringJobs.Count == 1);
        Assert.False((await world.VolumeAsync("one")).Metadata.Labels.ContainsKey(JobLabels.OfJob(snap)));
        Assert.Single(await world.SnapshotsAsync(snap));

        // The volume goes, and with it all its jobs.
        await world.Store.DeleteAsync(new ResourceKey(Kinds.Volume, null, "one"), null, TestContext.Current.CancellationToken);
        await world.UntilAsync(async () => (await world.ListAsync(Kinds.RecurringJob)).Count == 2);
        Assert.All(await world.ListAsync(Kinds.RecurringJob), job => Assert.Equal("two", ListedJob.VolumeOf(job)));
    }

    [Fact]
    public async Task A_restored_volume_gets_the_jobs_back_that_were_recorded_with_its_backup()
    {
        await using var world = new JobWorld();
        await world.CreateTargetAsync();
        await world.Store.ChangeAsync<BackupTargetResource>(
            new ResourceKey(Kinds.BackupTarget, null, "default"), status: false,
            target => target with { Spec = target.Spec with { BackupTargetUrl = "s3://bucket@region/" } }, TestContext.Current.CancellationToken);
        await world.CreateJobAsync("nightly", JobTask.Backup, "0 2 * * *", spec => spec with { Groups = ["gold"], Retain = 7 });
        await world.CreateJobAsync("weekly", JobTask.Backup, "@weekly");
        var origin = await world.CreateVolumeAsync("origin", "attached", "weekly");
        origin = await world.Store.UpdateAsync(
            origin with { Metadata = origin.Metadata with { Labels = new Dictionary<string, string>(origin.Metadata.Labels) { [JobLabels.OfGroup("gold")] = "enabled" } } },
            TestContext.Current.CancellationToken);
        world.Start();
        await world.UntilAsync(async () => (await world.VolumeAsync("origin")).Status.RecurringJobs.Count == 2);

        // What a backup of it would record; then one job is gone and the other has become another.
        var recorded = await StoredJobs.DescribeAsync(world.Store, await world.VolumeAsync("origin"), TestContext.Current.CancellationToken);
        await world.Store.DeleteAsync(new ResourceKey(Kinds.RecurringJob, null, "weekly"), null, TestContext.Current.CancellationToken);
        await world.UntilAsync(async () => (await world.ListAsync(Kinds.RecurringJob)).Count == 1);
        await world.ChangeJobAsync("nightly", spec => spec with { Retain = 3 });
        var backups = await world.Store.CreateAsync(
            new BackupVolumeResource { Metadata = new ObjectMeta { Name = StoreNames.BackupVolume("default", "origin") } }, TestContext.Current.CancellationToken);
        await world.Store.UpdateStatusAsync(backups with { Status = new BackupVolumeStatus { Labels = recorded } }, TestContext.Current.CancellationToken);

        foreach (var (name, wanted, standby) in ((string, string, bool)[])
            [("restored", "enabled", false), ("restored-too", "enabled", false), ("without", "disabled", false), ("by-setting", "ignored", false), ("follower", "enabled", true)])
            await world.Store.CreateAsync(
                new VolumeResource
                {
                    Metadata = new ObjectMeta { Name = name },
                    Spec = new VolumeSpec
                    {
                        Size = "1Gi", FromBackup = "s3://bucket@region/?backup=b1&volume=origin", RestoreVolumeRecurringJob = wanted, Standby = standby,
                    },
                }, TestContext.Current.CancellationToken);

        await world.UntilAsync(async () => (await world.VolumeAsync("restored")).Status.RecurringJobs.Count == 3);
        await world.UntilAsync(async () => (await world.VolumeAsync("restored-too")).Status.RecurringJobs.Count == 3);
        var jobs = (await world.VolumeAsync("restored")).Status.RecurringJobs.Select(job => job.Name).ToList();
        Assert.Equal(["nightly", "weekly"], jobs.Where(name => !name.StartsWith("restored-", StringComparison.Ordinal))); // the group gold has both
        Assert.Matches(@"\Arestored-recurring-job-[0-9a-f]{16}\z", jobs[1]);
        Assert.Equal(jobs, (await world.VolumeAsync("restored-too")).Status.RecurringJobs.Select(job => job.Name)); // the same jobs, not more of them
        var again = (await world.ListAsync(Kinds.RecurringJob)).Single(job => job.Name.StartsWith("restored-", StringComparison.Ordinal));
        Assert.Equal((7, "0 2 * * *"), (again.Spec.Retain, again.Spec.Cron));
        foreach (var name in (string[])["without", "by-setting", "follower"])
        {
            await world.UntilAsync(async () => (await world.VolumeAsync(name)).Metadata.Labels.ContainsKey(JobLabels.OfGroup("default")));
            Assert.Single((await world.VolumeAsync(name)).Metadata.Labels);
        }
    }

    private static async Task LabelledVolumeAsync(JobWorld world, string name, params (string Key, string Value)[] labels)
    {
        var volume = await world.CreateVolumeAsync(name);
        await world.Store.UpdateAsync(
            volume with { Metadata = volume.Metadata with { Labels = labels.ToDictionary(label => label.Key, label => label.Value) } }, TestContext.Current.CancellationToken);
    }

    private static async Task<IEnumerable<string>> VolumesAsync(JobWorld world, string job) => (await world.SnapshotsAsync(job)).Select(snapshot => snapshot.Spec.Volume).Order();
}
