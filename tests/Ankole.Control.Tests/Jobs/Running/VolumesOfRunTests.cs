using System.Runtime.CompilerServices;
using Ankole.Core;

namespace Ankole.Control.Tests.Jobs.Running;

/// <summary>Which volumes a run works on, and what one volume's trouble means to the others.</summary>
public sealed class VolumesOfRunTests
{
    [Theory]
    [InlineData("false", JobPhase.Skipped)]
    [InlineData("true", JobPhase.Succeeded)]
    public async Task A_detached_volume_is_left_out_with_an_event_unless_the_setting_allows_it(string allowed, string phase)
    {
        await using var world = new JobWorld();
        await world.SetAsync(SettingCatalog.AllowRecurringJobWhileVolumeDetached, allowed);
        await world.CreateJobAsync("snap", JobTask.Snapshot, "* * * * *");
        await world.CreateVolumeAsync("attached-one", "attached", "snap");
        await world.CreateVolumeAsync("detached-one", "detached", "snap");
        world.Start();
        await world.RunNextAsync("snap");
        var run = await world.RunNextAsync("snap");

        Assert.Equal(JobPhase.Succeeded, run.Volumes.Single(volume => volume.Volume == "attached-one").Phase);
        Assert.Equal(phase, run.Volumes.Single(volume => volume.Volume == "detached-one").Phase);
        Assert.Equal(phase == JobPhase.Skipped ? 1 : 2, (await world.SnapshotsAsync("snap")).Count);
        var events = (await world.EventsAsync()).Where(happened => happened.Reason == "RecurringJobSkipped").ToList();
        if (phase == JobPhase.Succeeded)
        {
            Assert.Empty(events);
            return;
        }
        var left = Assert.Single(events);
        Assert.Equal(("detached-one", 2, "Normal"), (left.InvolvedObject.Name, left.Count, left.Type));
        Assert.Contains("allow-recurring-job-while-volume-detached", left.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Faulted_restoring_and_standby_volumes_are_left_out()
    {
        await using var world = new JobWorld();
        await world.CreateJobAsync("snap", JobTask.Snapshot, "* * * * *");
        (string Name, VolumeStatus Status)[] volumes =
        [
            ("faulted", new VolumeStatus { State = "attached", Robustness = "faulted" }),
            ("restoring", new VolumeStatus { State = "attached", Robustness = "healthy", RestoreRequired = true }),
            ("standby", new VolumeStatus { State = "attached", Robustness = "healthy", IsStandby = true }),
        ];
        foreach (var (name, status) in volumes)
        {
            var volume = await world.CreateVolumeAsync(name, "attached", "snap");
            await world.Store.UpdateStatusAsync(volume with { Status = status }, TestContext.Current.CancellationToken);
        }
        world.Start();
        var run = await world.RunNextAsync("snap");
        Assert.Equal(3, run.Volumes.Count);
        Assert.All(run.Volumes, volume => Assert.Equal(JobPhase.Skipped, volume.Phase));
        Assert.Empty(await world.SnapshotsAsync());
    }

    [Fact]
    public async Task A_volume_that_is_about_to_be_attached_is_waited_for()
    {
        await using var world = new JobWorld();
        await world.CreateJobAsync("snap", JobTask.Snapshot, "* * * * *");
        var volume = await world.CreateVolumeAsync("late", "detached", "snap");
        await world.Store.UpdateAsync(
            volume with { Spec = volume.Spec with { AttachmentTickets = new Dictionary<string, AttachmentTicket> { ["api"] = new() { Type = "longhorn-api", NodeID = "here" } } } },
            TestContext.Current.CancellationToken);
        world.Start();
        var tick = await SchedulingTests.BeginRunAsync(world, "snap");
        Assert.Empty(await world.SnapshotsAsync());
        await world.Store.ChangeAsync<VolumeResource>(
            ResourceKey.Of(volume), status: true, current => current with { Status = current.Status with { State = "attached" } }, TestContext.Current.CancellationToken);
        Assert.Equal(JobPhase.Succeeded, Assert.Single((await world.EndOfRunAsync("snap", tick)).Volumes).Phase);
    }

    [Fact]
    public async Task A_run_works_on_as_many_volumes_at_once_as_the_job_allows()
    {
        await using var world = new JobWorld();
        await world.CreateTargetAsync();
        await world.CreateJobAsync("nightly", JobTask.Backup, "0 * * * *", spec => spec with { Concurrency = 3 });
        for (var index = 0; index < 8; index++)
            await world.CreateVolumeAsync($"data-{index}", "attached", "nightly");
        world.World.HoldBackups = true;
        world.Start();
        var tick = await SchedulingTests.BeginRunAsync(world, "nightly");
        await world.UntilAsync(async () => (await world.BackupsAsync()).Count == 3);
        await Task.Delay(300, TestContext.Current.CancellationToken); // time in which a fourth would show
        Assert.Equal(3, (await world.BackupsAsync()).Count);

        world.World.HoldBackups = false;
        world.Time.Advance(TimeSpan.FromSeconds(1));
        var run = await FailedRuns.EndAsync(world, "nightly", tick);
        Assert.Equal(8, run.Volumes.Count(volume => volume.Phase == JobPhase.Succeeded));
        Assert.Equal(8, (await world.BackupsAsync()).Count);
    }

    [Fact]
    public async Task A_failing_backup_is_tried_again_with_pauses_and_counted_by_nobody()
    {
        await using var world = new JobWorld();
        await world.CreateTargetAsync();
        await world.CreateJobAsync("nightly", JobTask.Backup, "0 * * * *", spec => spec with { Retain = 2 });
        await world.CreateVolumeAsync("bad", "attached", "nightly");
        await world.CreateVolumeAsync("good", "attached", "nightly");
        world.Start();
        await world.RunNextAsync("nightly");
        await world.RunNextAsync("nightly");

        world.World.FailingBackups["bad"] = "the disk of the backupstore is full";
        var begun = await SchedulingTests.BeginRunAsync(world, "nightly");
        var run = await FailedRuns.EndAsync(world, "nightly", begun);
        var bad = run.Volumes.Single(volume => volume.Volume == "bad");
        Assert.Equal((JobPhase.Failed, BackupStep.MaxAttempts), (bad.Phase, bad.Attempts));
        Assert.Contains("the disk of the backupstore is full", bad.Message, StringComparison.Ordinal);
        Assert.Equal(JobPhase.Succeeded, run.Volumes.Single(volume => volume.Volume == "good").Phase);
        Assert.True(run.FinishedAt - run.StartedAt >= TimeSpan.FromSeconds(10 + 20 + 40), "each pause is twice the one before");

        // The failed ones neither count nor push out good ones; the next success goes on as if they had never been.
        var ofBad = (await world.BackupsAsync("nightly")).Where(backup => backup.Spec.VolumeName == "bad").ToList();
        Assert.Equal(2, ofBad.Count(backup => backup.Status.State == BackupState.Completed));
        Assert.Equal(BackupStep.MaxAttempts, ofBad.Count(backup => backup.Status.State == BackupState.Error));
        Assert.Equal(2, (await world.BackupsAsync("nightly")).Count(backup => backup.Spec.VolumeName == "good"));
        world.World.FailingBackups.Clear();
        await world.RunNextAsync("nightly");
        var completed = (await world.BackupsAsync("nightly")).Where(backup => backup.Spec.VolumeName == "bad" && backup.Status.State == BackupState.Completed).ToList();
        Assert.Equal(2, completed.Count);
        Assert.Equal(world.Now, completed[^1].Status.BackupCreatedAt);
        Assert.Contains(await world.EventsAsync(), happened => happened is { Reason: "RecurringJobFailed", Type: "Warning", InvolvedObject.Name: "bad" });
    }

    [Fact]
    public async Task Without_its_target_a_backup_fails_and_leaves_no_failed_backup_behind()
    {
        await using var world = new JobWorld();
        await world.CreateTargetAsync(available: false);
        await world.CreateJobAsync("nightly", JobTask.Backup, "0 * * * *");
        await world.CreateVolumeAsync("data", "attached", "nightly");
        world.Start();
        var run = await FailedRuns.EndAsync(world, "nightly", await SchedulingTests.BeginRunAsync(world, "nightly"));
        Assert.Contains("backup target 'default' is not available", Assert.Single(run.Volumes).Message, StringComparison.Ordinal);
        Assert.Empty(await world.BackupsAsync());

        await world.SetAvailableAsync(true);
        Assert.Equal(JobPhase.Succeeded, Assert.Single((await world.RunNextAsync("nightly")).Volumes).Phase);
        Assert.NotNull((await world.JobAsync("nightly")).Status.LastSuccessTime);
    }

    [Fact]
    public async Task A_snapshot_that_fails_is_cleared_away_by_a_later_run()
    {
        await using var world = new JobWorld();
        await world.CreateJobAsync("snap", JobTask.Snapshot, "* * * * *");
        await world.CreateVolumeAsync("data", "attached", "snap");
        world.World.FailingSnapshots["data"] = "no space left";
        world.Start();
        Assert.Contains("no space left", Assert.Single((await world.RunNextAsync("snap")).Volumes).Message, StringComparison.Ordinal);
        world.World.FailingSnapshots.Clear();
        await world.RunNextAsync("snap");
        Assert.Equal("", Assert.Single(await world.SnapshotsAsync()).Status.Error);
    }

    [Fact]
    public async Task What_cannot_be_deleted_does_not_stop_the_next_backup()
    {
        var stubborn = true;
        await using var world = new JobWorld(store => new StubbornStore(store, () => stubborn));
        await world.CreateTargetAsync();
        await world.CreateJobAsync("nightly", JobTask.Backup, "0 * * * *");
        await world.CreateVolumeAsync("data", "attached", "nightly");
        world.Start();
        for (var round = 0; round < 3; round++)
            Assert.Equal(JobPhase.Succeeded, Assert.Single((await world.RunNextAsync("nightly")).Volumes).Phase);
        Assert.Equal(3, (await world.BackupsAsync()).Count);
        Assert.Contains(await world.EventsAsync(), happened => happened is { Reason: "FailedDeleting", Type: "Warning", InvolvedObject.Name: "nightly" });

        stubborn = false;
        await world.RunNextAsync("nightly");
        Assert.Single(await world.BackupsAsync());
        Assert.Single(await world.SnapshotsAsync());
    }

    /// <summary>Refuses to delete snapshots and backups for as long as it is told to.</summary>
    private sealed class StubbornStore(IResourceStore inner, Func<bool> isStubborn) : IResourceStore
    {
        public ValueTask<Resource?> GetAsync(ResourceKey key, CancellationToken cancellationToken) => inner.GetAsync(key, cancellationToken);

        public ValueTask<ResourceList> ListAsync(ResourceQuery query, CancellationToken cancellationToken) => inner.ListAsync(query, cancellationToken);

        public ValueTask<T> CreateAsync<T>(T resource, CancellationToken cancellationToken) where T : Resource => inner.CreateAsync(resource, cancellationToken);

        public ValueTask<T> UpdateAsync<T>(T resource, CancellationToken cancellationToken) where T : Resource => inner.UpdateAsync(resource, cancellationToken);

        public ValueTask<T> UpdateStatusAsync<T>(T resource, CancellationToken cancellationToken) where T : Resource => inner.UpdateStatusAsync(resource, cancellationToken);

        public ValueTask<Resource?> DeleteAsync(ResourceKey key, DeletePreconditions? preconditions, CancellationToken cancellationToken) =>
            isStubborn() && (key.Kind == Kinds.Snapshot || key.Kind == Kinds.Backup)
                ? throw new AnkoleException(ErrorKind.Failed, $"{key} cannot be deleted now.")
                : inner.DeleteAsync(key, preconditions, cancellationToken);

        public async IAsyncEnumerable<ResourceEvent> WatchAsync(
            ResourceQuery query, string? fromVersion, [EnumeratorCancellation] CancellationToken cancellationToken)
        {
            await foreach (var change in inner.WatchAsync(query, fromVersion, cancellationToken))
                yield return change;
        }
    }
}
