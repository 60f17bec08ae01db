namespace Ankole.Control.Tests.Jobs.Running;

/// <summary>When jobs run.</summary>
public sealed class SchedulingTests
{
    [Fact]
    public async Task After_three_days_without_the_daemon_one_run_catches_up()
    {
        await using var world = new JobWorld();
        await world.CreateJobAsync("snap", JobTask.Snapshot, "0 * * * *", spec => spec with { Retain = 50 });
        await world.CreateVolumeAsync("data", "attached", "snap");
        world.Start();
        await world.RunNextAsync("snap");
        await world.StopAsync();

        world.Time.Advance(TimeSpan.FromDays(3) + TimeSpan.FromMinutes(20));
        world.Start();
        var latest = JobWorld.Beginning.AddSeconds(30).AddDays(3);
        await world.EndOfRunAsync("snap", latest);
        await world.RunNextAsync("snap");

        Assert.Equal(3, (await world.JobAsync("snap")).Status.ExecutionCount);
        Assert.Equal(3, (await world.SnapshotsAsync("snap")).Count);
        Assert.Equal(latest.AddHours(1), (await world.JobAsync("snap")).Status.LastScheduleTime);
    }

    [Fact]
    public async Task A_run_that_a_stop_interrupted_is_continued_and_makes_nothing_twice()
    {
        await using var world = new JobWorld();
        await world.CreateTargetAsync();
        await world.CreateJobAsync("nightly", JobTask.Backup, "0 * * * *", spec => spec with { Retain = 5 });
        await world.CreateVolumeAsync("data", "attached", "nightly");
        world.World.HoldBackups = true;
        world.Start();
        var tick = await BeginRunAsync(world, "nightly");
        var backup = (await world.UntilAsync(async () => await world.BackupsAsync() is [var made, ..] ? made : null))!;
        await world.StopAsync();
        Assert.NotNull((await world.JobAsync("nightly")).Status.Active);

        world.World.HoldBackups = false;
        world.Start();
        var run = await world.EndOfRunAsync("nightly", tick);
        Assert.Equal(1, run.Number);
        Assert.Equal(backup.Name, Assert.Single(await world.BackupsAsync()).Name);
        Assert.Equal(backup.Spec.SnapshotName, Assert.Single(await world.SnapshotsAsync()).Name);
        Assert.Equal(1, (await world.JobAsync("nightly")).Status.ExecutionCount);
    }

    [Fact]
    public async Task Ticks_during_a_run_are_made_up_for_by_one_run_when_it_ends()
    {
        await using var world = new JobWorld();
        await world.CreateJobAsync("snap", JobTask.Snapshot, "* * * * *", spec => spec with { Retain = 50 });
        await world.CreateVolumeAsync("data", "attached", "snap");
        world.World.HoldSnapshots = true;
        world.Start();
        var tick = await BeginRunAsync(world, "snap");
        await world.UntilAsync(async () => (await world.SnapshotsAsync()).Count == 1);
        world.Time.Advance(TimeSpan.FromMinutes(7.5));
        await Task.Delay(200, TestContext.Current.CancellationToken);
        Assert.Equal(1, (await world.JobAsync("snap")).Status.ExecutionCount);

        world.World.HoldSnapshots = false;
        world.Time.Advance(TimeSpan.FromSeconds(1));
        await world.EndOfRunAsync("snap", tick.AddMinutes(7));
        Assert.Equal(2, (await world.JobAsync("snap")).Status.ExecutionCount);
    }

    [Fact]
    public async Task A_clock_set_forward_brings_one_run_and_one_set_back_does_not_silence_a_job()
    {
        await using var world = new JobWorld();
        await world.CreateJobAsync("snap", JobTask.Snapshot, "0 * * * *", spec => spec with { Retain = 50 });
        await world.CreateVolumeAsync("data", "attached", "snap");
        world.Start();
        await world.RunNextAsync("snap");

        world.Time.AdjustTime(world.Now.AddDays(400)); // set wrong
        world.Time.Advance(TimeSpan.FromMinutes(1));
        var wrong = JobWorld.Beginning.AddSeconds(30).AddDays(400);
        await world.EndOfRunAsync("snap", wrong);
        Assert.Equal(2, (await world.JobAsync("snap")).Status.ExecutionCount);
        await world.StopAsync();

        world.Time.AdjustTime(JobWorld.Beginning.AddMinutes(10)); // set right again
        world.Start();
        await world.UntilAsync(async () => (await world.JobAsync("snap")).Status.NextScheduleTime == JobWorld.Beginning.AddSeconds(30).AddHours(1));
        Assert.Equal(2, (await world.JobAsync("snap")).Status.ExecutionCount);
        await world.RunNextAsync("snap");
        Assert.Equal(3, (await world.JobAsync("snap")).Status.ExecutionCount);
        Assert.Equal(JobWorld.Beginning.AddSeconds(30).AddHours(1), (await world.JobAsync("snap")).Status.LastScheduleTime);
    }

    [Fact]
    public async Task A_night_job_runs_once_on_the_days_that_the_clock_changes()
    {
        await using var world = new JobWorld();
        world.Time.Advance(new DateTimeOffset(2026, 10, 23, 12, 0, 0, TimeSpan.Zero) - world.Now);
        await world.CreateJobAsync("night", JobTask.Snapshot, "30 2 * * *", spec => spec with { TimeZone = "Europe/Berlin", Retain = 50 });
        await world.CreateVolumeAsync("data", "attached", "night");
        world.Start();
        DateTimeOffset[] autumn = [At(10, 24, 0, 30), At(10, 25, 0, 30), At(10, 26, 1, 30)];
        foreach (var tick in autumn)
            Assert.Equal(tick, (await world.RunNextAsync("night")).ScheduledAt);

        world.Time.Advance(new DateTimeOffset(2027, 3, 27, 12, 0, 0, TimeSpan.Zero) - world.Now);
        await world.EndOfRunAsync("night", new DateTimeOffset(2027, 3, 27, 1, 30, 0, TimeSpan.Zero));
        Assert.Equal(new DateTimeOffset(2027, 3, 28, 1, 0, 0, TimeSpan.Zero), (await world.RunNextAsync("night")).ScheduledAt); // 02:30 does not exist: 03:00
        Assert.Equal(new DateTimeOffset(2027, 3, 29, 0, 30, 0, TimeSpan.Zero), (await world.RunNextAsync("night")).ScheduledAt);
    }

    [Fact]
    public async Task A_suspended_job_rests_and_what_passed_meanwhile_is_not_made_up_for()
    {
        await using var world = new JobWorld();
        await world.CreateJobAsync("snap", JobTask.Snapshot, "0 * * * *");
        await world.CreateVolumeAsync("data", "attached", "snap");
        world.Start();
        await world.RunNextAsync("snap");
        await world.ChangeJobAsync("snap", spec => spec with { Suspend = true });
        await world.UntilAsync(async () => (await world.JobAsync("snap")).Status is { NextScheduleTime: null, Schedule: "" });
        world.Time.Advance(TimeSpan.FromHours(5.5));

        await world.ChangeJobAsync("snap", spec => spec with { Suspend = false });
        await world.RunNextAsync("snap");
        Assert.Equal(2, (await world.JobAsync("snap")).Status.ExecutionCount);
        Assert.Equal(JobWorld.Beginning.AddSeconds(30).AddHours(6), (await world.JobAsync("snap")).Status.LastScheduleTime);
    }

    [Fact]
    public async Task A_changed_cron_expression_counts_from_the_change_on()
    {
        await using var world = new JobWorld();
        await world.CreateJobAsync("snap", JobTask.Snapshot, "0 12 * * *");
        await world.CreateVolumeAsync("data", "attached", "snap");
        world.Start();
        await world.RunNextAsync("snap");
        world.Time.Advance(TimeSpan.FromHours(3));
        await world.ChangeJobAsync("snap", spec => spec with { Cron = "30 14 * * *" });
        await world.UntilAsync(async () => (await world.JobAsync("snap")).Status.NextScheduleTime == new DateTimeOffset(2026, 6, 2, 14, 30, 0, TimeSpan.Zero));
        Assert.Equal(1, (await world.JobAsync("snap")).Status.ExecutionCount);
    }

    internal static async Task<DateTimeOffset> BeginRunAsync(JobWorld world, string job)
    {
        var tick = (await world.UntilAsync(async () => (await world.JobAsync(job)).Status.NextScheduleTime))!.Value;
        world.Time.Advance(tick - world.Now);
        await world.UntilAsync(async () => (await world.JobAsync(job)).Status.Active?.ScheduledAt == tick);
        return tick;
    }

    private static DateTimeOffset At(int month, int day, int hour, int minute) => new(2026, month, day, hour, minute, 0, TimeSpan.Zero);
}
