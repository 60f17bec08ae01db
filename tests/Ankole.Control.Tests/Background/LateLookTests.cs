using Ankole.Backup;
using Microsoft.Extensions.Time.Testing;

namespace Ankole.Control.Tests;

/// <summary>A look at a resource reads it, is held up, and goes on when the work that it read of is over.</summary>
public sealed class LateLookTests
{
    /// <summary>It stands still until work is over: nothing is reported before, so the first who reads of running work is a look.</summary>
    private readonly FakeTimeProvider time = new(new DateTimeOffset(2026, 6, 1, 12, 0, 0, TimeSpan.Zero));
    private readonly TaskCompletionSource held = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource goesOn = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int looks;

    [Fact]
    public async Task A_backup_that_was_completed_meanwhile_is_not_begun_again()
    {
        await using var host = await TestHost.StartAsync(time);
        await host.UseBucketAsync();
        await host.MakeVolumeAsync("data");
        await host.WriteAsync("data", seed: 1);
        await host.SnapshotAsync("data", "snap");
        host.AfterRead = resource => HoldFirst(resource is BackupResource { Status.State: BackupState.InProgress });
        host.ObjectStores.Hang = (request, _) => request.Key.EndsWith(".blk", StringComparison.Ordinal) ? held.Task : Task.CompletedTask;
        await host.CreateBackupAsync("data", "backup-1", "snap");
        await HeldAsync();
        await host.UntilToldAsync("Volume", "data", "Completed");
        await host.UntilIdleAsync();
        var completed = (await host.Store.GetAsync(Kinds.Backup, "backup-1", TestHost.Token))!;
        goesOn.SetResult();
        await host.UntilQuietAsync();
        var last = (await host.Store.GetAsync(Kinds.Backup, "backup-1", TestHost.Token))!;
        Assert.Equal(completed.Metadata.ResourceVersion, last.Metadata.ResourceVersion);
    }

    [Fact]
    public async Task An_operation_that_was_finished_meanwhile_is_not_run_again()
    {
        await using var host = await TestHost.StartAsync(time);
        await host.UseBucketAsync();
        host.AfterRead = resource => HoldFirst(resource is VolumeOperationResource { Status.Phase: OperationPhase.Running });
        host.ObjectStores.Hang = (_, _) => held.Task;
        await host.Users.CreateAsync(
            new VolumeOperationResource { Metadata = new ObjectMeta { Name = "once" }, Spec = new VolumeOperationSpec { Operation = "verify", BackupTargetName = "default" } }, TestHost.Token);
        await HeldAsync();
        await host.UntilToldAsync("VolumeOperation", "once", OperationPhase.Succeeded);
        await host.UntilIdleAsync();
        // What ran again now would fail.
        host.ObjectStores.Plan = _ => StoreFault.Unavailable;
        goesOn.SetResult();
        await host.UntilQuietAsync();
        Assert.Equal([OperationPhase.Succeeded], host.Events.ReasonsOf("VolumeOperation", "once"));
    }

    /// <summary>Without moving the clock: nothing else is to read before.</summary>
    private Task HeldAsync() => held.Task.WaitAsync(TimeSpan.FromSeconds(90), TestHost.Token);

    private Task HoldFirst(bool isMeant)
    {
        if (!isMeant || Interlocked.Increment(ref looks) > 1)
            return Task.CompletedTask;
        held.SetResult();
        return goesOn.Task;
    }
}
