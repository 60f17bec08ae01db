namespace Ankole.Control.Tests.Jobs.Running;

/// <summary>Two hundred volumes with four jobs each; the figures go to the test's output.</summary>
public sealed class ManyVolumesTests
{
    private const int Volumes = 200;

    private static readonly string[] Names = ["one", "two", "three", "four"];

    [Fact]
    public async Task Four_shared_jobs_begin_together_and_serve_every_volume()
    {
        await using var world = new JobWorld();
        for (var index = 0; index < Volumes; index++)
            await world.CreateVolumeAsync($"data-{index}", "attached", Names);
        foreach (var name in Names)
            await world.CreateJobAsync(name, JobTask.Snapshot, "* * * * *", spec => spec with { Retain = 2 });
        world.Start();
        var first = (await world.RunNextAsync("one")).ScheduledAt;
        foreach (var name in Names)
            await world.EndOfRunAsync(name, first);

        var tick = (await world.UntilAsync(async () => (await world.JobAsync("one")).Status is { Active: null, NextScheduleTime: { } at } && at > world.Now ? at : (DateTimeOffset?)null))!.Value;
        var began = TimeProvider.System.GetTimestamp();
        world.Time.Advance(tick - world.Now);
        foreach (var name in Names)
            await world.UntilAsync(async () => (await world.JobAsync(name)).Status.LastScheduleTime == tick);
        Tell("all four begun", began);
        foreach (var name in Names)
            Assert.Equal(Volumes, (await world.EndOfRunAsync(name, tick)).Volumes.Count(volume => volume.Phase == JobPhase.Succeeded));
        Tell("all 800 snapshots taken", began);
        Assert.Equal(Volumes * Names.Length * 2, (await world.SnapshotsAsync()).Count);
    }

    [Fact]
    public async Task Eight_hundred_jobs_of_volumes_own_lists_all_run()
    {
        await using var world = new JobWorld();
        for (var index = 0; index < Volumes; index++)
        {
            var volume = await world.CreateVolumeAsync($"data-{index}");
            await world.Store.UpdateAsync(
                volume with
                {
                    Spec = volume.Spec with
                    {
                        RecurringJobs = [.. Names.Select(name => new VolumeRecurringJob { Name = name, Task = JobTask.Snapshot, Cron = "0 * * * *", Retain = 1 })],
                    },
                },
                TestContext.Current.CancellationToken);
        }
        var began = TimeProvider.System.GetTimestamp();
        world.Start();
        await world.UntilAsync(async () => (await world.ListAsync(Kinds.RecurringJob)).Count(job => job.Status.NextScheduleTime is not null) == Volumes * Names.Length);
        Tell("800 jobs made", began);
        await world.UntilAsync(async () => (await world.ListAsync(Kinds.Volume)).All(volume => volume.Status.RecurringJobs.Count == Names.Length));

        var tick = JobWorld.Beginning.AddSeconds(30);
        began = TimeProvider.System.GetTimestamp();
        world.Time.Advance(tick - world.Now);
        await world.UntilAsync(async () => (await world.ListAsync(Kinds.RecurringJob)).All(job => job.Status.LastScheduleTime == tick));
        Tell("all 800 begun", began);
        await world.UntilAsync(async () => (await world.ListAsync(Kinds.RecurringJob)).All(job => job.Status is { Active: null, LastRun.Volumes: [{ Phase: JobPhase.Succeeded }] }));
        Tell("all 800 snapshots taken", began);
        Assert.Equal(Volumes * Names.Length, (await world.SnapshotsAsync()).Count);
    }

    private static void Tell(string what, long since) =>
        TestContext.Current.TestOutputHelper!.WriteLine($"{what} after {TimeProvider.System.GetElapsedTime(since).TotalMilliseconds:0} ms");
}
