namespace Ankole.Control.Tests.Jobs.Running;

/// <summary>Runs that somebody asks for beside the schedule.</summary>
public sealed class RequestedRunTests
{
    [Fact]
    public async Task A_request_is_answered_by_one_run_although_the_job_is_suspended_and_retention_is_as_usual()
    {
        await using var world = new JobWorld();
        await world.CreateJobAsync("snap", JobTask.Snapshot, "0 3 * * *", spec => spec with { Suspend = true });
        await world.CreateVolumeAsync("data", "attached", "snap");
        await world.CreateVolumeAsync("other", "attached", "snap");
        world.Start();
        var first = await RunAsync(world, "snap");
        Assert.Equal(["data", "other"], first.Volumes.Select(volume => volume.Volume));
        Assert.All(first.Volumes, volume => Assert.Equal(JobPhase.Succeeded, volume.Phase));
        world.Time.Advance(TimeSpan.FromMinutes(1));
        var second = await RunAsync(world, "snap");

        Assert.Equal(2, second.Number);
        var job = await world.JobAsync("snap");
        Assert.Equal(2, job.Status.ExecutionCount);
        Assert.Null(job.Status.LastScheduleTime);
        await world.UntilAsync(async () => (await world.SnapshotsAsync("snap")).Count == 2);
        // Told right after the status that it is about.
        await world.UntilAsync(async () => (await world.EventsAsync()).Any(happened => happened is { Reason: "RunCompleted", InvolvedObject.Name: "snap" }));
    }

    [Fact]
    public async Task A_request_during_a_run_is_answered_after_it_and_ticks_go_on()
    {
        await using var world = new JobWorld();
        await world.CreateJobAsync("snap", JobTask.Snapshot, "0 * * * *", spec => spec with { Retain = 50 });
        await world.CreateVolumeAsync("data", "attached", "snap");
        world.World.HoldSnapshots = true;
        world.Start();
        var tick = JobWorld.Beginning.AddSeconds(30);
        await world.UntilAsync(async () => (await world.JobAsync("snap")).Status.NextScheduleTime == tick);
        world.Time.Advance(tick - world.Now);
        await world.UntilAsync(async () => (await world.JobAsync("snap")).Status.Active is { RequestedAt: null });
        var asked = await AskAsync(world, "snap");
        await world.UntilAsync(async () => (await world.JobAsync("snap")).Status.ObservedGeneration == (await world.JobAsync("snap")).Metadata.Generation);
        Assert.Equal(1, (await world.JobAsync("snap")).Status.ExecutionCount);

        world.World.HoldSnapshots = false;
        world.Time.Advance(TimeSpan.FromSeconds(1));
        var run = await EndAsync(world, "snap", asked);
        Assert.Equal(2, run.Number);
        Assert.Equal(tick, (await world.JobAsync("snap")).Status.LastScheduleTime);
        Assert.Equal(3, (await world.RunNextAsync("snap")).Number);
    }

    [Fact]
    public async Task A_request_for_some_volumes_works_on_them_alone_and_names_one_that_the_job_does_not_apply_to()
    {
        await using var world = new JobWorld();
        await world.CreateJobAsync("snap", JobTask.Snapshot, "0 3 * * *");
        await world.CreateVolumeAsync("data", "attached", "snap");
        await world.CreateVolumeAsync("other", "attached", "snap");
        await world.CreateVolumeAsync("stranger");
        world.Start();
        var run = await RunAsync(world, "snap", "other", "stranger");
        Assert.Equal([("other", JobPhase.Succeeded), ("stranger", JobPhase.Skipped)], run.Volumes.Select(volume => (volume.Volume, volume.Phase)));
        Assert.Contains("does not apply", run.Volumes[1].Message);
        Assert.Equal("other", Assert.Single(await world.SnapshotsAsync()).Spec.Volume);
    }

    [Fact]
    public async Task A_requested_run_that_a_stop_interrupted_is_continued_and_not_begun_again()
    {
        await using var world = new JobWorld();
        await world.CreateJobAsync("snap", JobTask.Snapshot, "0 3 * * *");
        await world.CreateVolumeAsync("data", "attached", "snap");
        world.World.HoldSnapshots = true;
        world.Start();
        var asked = await AskAsync(world, "snap");
        await world.UntilAsync(async () => (await world.SnapshotsAsync()).Count == 1);
        await world.StopAsync();
        world.World.HoldSnapshots = false;
        world.Start();
        Assert.Equal(1, (await EndAsync(world, "snap", asked)).Number);
        Assert.Single(await world.SnapshotsAsync());
    }

    [Fact]
    public async Task A_request_from_before_the_job_was_made_asks_for_nothing()
    {
        await using var world = new JobWorld();
        await world.CreateJobAsync("old", JobTask.Snapshot, "0 3 * * *", spec => spec with { RunRequestedAt = JobWorld.Beginning.AddHours(-1) });
        await world.CreateJobAsync("now", JobTask.Snapshot, "0 3 * * *", spec => spec with { RunRequestedAt = JobWorld.Beginning });
        await world.CreateVolumeAsync("data", "attached", "old", "now");
        world.Start();
        await EndAsync(world, "now", JobWorld.Beginning);
        await world.UntilAsync(async () => (await world.JobAsync("old")).Status.NextScheduleTime is not null);
        Assert.Equal(0, (await world.JobAsync("old")).Status.ExecutionCount);
    }

    [Fact]
    public async Task A_job_of_a_volumes_own_list_can_be_asked_for_a_run_but_not_changed()
    {
        await using var world = new JobWorld();
        var volume = await world.CreateVolumeAsync("data");
        await world.Store.UpdateAsync(
            volume with { Spec = volume.Spec with { RecurringJobs = [new VolumeRecurringJob { Name = "own", Task = JobTask.Snapshot, Cron = "0 3 * * *", Retain = 1 }] } },
            TestContext.Current.CancellationToken);
        world.Start();
        var name = ListedJob.NameOf("data", "own");
        await world.UntilAsync(async () => (await world.ListAsync(Kinds.RecurringJob)).Count == 1);
        var users = new AdmittedResourceStore(world.Store, new Control.Admission([new RecurringJobAdmission()]));
        var job = RunRequest.Ask(await world.JobAsync(name), world.Now, []);
        await users.UpdateAsync(job with { Metadata = job.Metadata with { ResourceVersion = null } }, TestContext.Current.CancellationToken);
        Assert.Equal(JobPhase.Succeeded, Assert.Single((await EndAsync(world, name, job.Spec.RunRequestedAt!.Value)).Volumes).Phase);
    }

    private static async Task<JobRun> RunAsync(JobWorld world, string job, params string[] volumes) => await EndAsync(world, job, await AskAsync(world, job, volumes));

    private static async Task<DateTimeOffset> AskAsync(JobWorld world, string job, params string[] volumes)
    {
        var asked = await world.Store.ChangeAsync<RecurringJobResource>(
            new ResourceKey(Kinds.RecurringJob, null, job), status: false, current => RunRequest.Ask(current, world.Now, volumes), TestContext.Current.CancellationToken);
        return asked!.Spec.RunRequestedAt!.Value;
    }

    private static async Task<JobRun> EndAsync(JobWorld world, string job, DateTimeOffset asked) =>
        (await world.UntilAsync(async () => (await world.JobAsync(job)).Status is { Active: null, LastRun: { } run } && RunRequest.IsAnsweredBy(run, asked) ? run : null))!;
}
