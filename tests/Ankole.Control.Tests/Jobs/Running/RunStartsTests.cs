namespace Ankole.Control.Tests.Jobs.Running;

public sealed class RunStartsTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Work_waits_until_the_last_of_the_starts_under_way_is_done()
    {
        var starts = new RunStarts();
        await starts.WaitAsync(Token);
        var first = starts.Enter();
        var second = starts.Enter();
        var (one, two) = (starts.WaitAsync(Token), starts.WaitAsync(Token));
        first.Dispose();
        Assert.False(one.IsCompleted || two.IsCompleted);
        second.Dispose();
        await Task.WhenAll(one, two);
        await starts.WaitAsync(Token);

        using var third = starts.Enter();
        Assert.False(starts.WaitAsync(Token).IsCompleted);
    }

    [Fact]
    public async Task Waiting_ends_when_the_run_is_stopped()
    {
        var starts = new RunStarts();
        using var start = starts.Enter();
        using var stop = new CancellationTokenSource();
        var waiting = starts.WaitAsync(stop.Token);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
    }

    /// <summary>A tick of hundreds of jobs writes thousands of states; none of them concerns the volumes whose lists the jobs come from.</summary>
    [Fact]
    public void What_a_run_writes_into_a_listed_jobs_status_brings_no_volume_and_a_change_of_the_job_does()
    {
        var volume = new VolumeResource { Metadata = new ObjectMeta { Name = "data", Uid = "u1" } };
        var job = ListedJob.Of(volume, new VolumeRecurringJob { Name = "own", Task = JobTask.Snapshot, Cron = "0 3 * * *", Retain = 1 });
        var seen = job with { Metadata = job.Metadata with { Generation = 2 }, Status = new RecurringJobStatus { ObservedGeneration = 2, Active = new JobRun { Number = 1 } } };
        var watch = new VolumeJobsReconciler(null!, null!).Watches.Single(watch => watch.Kind == Kinds.RecurringJob);
        Assert.Empty(watch.KeysOf(seen));
        Assert.Equal("data", Assert.Single(watch.KeysOf(seen with { Metadata = seen.Metadata with { Generation = 3 } })).Name);
        Assert.Equal("data", Assert.Single(watch.KeysOf(seen with { Metadata = seen.Metadata with { DeletionTimestamp = JobWorld.Beginning } })).Name);
    }
}
