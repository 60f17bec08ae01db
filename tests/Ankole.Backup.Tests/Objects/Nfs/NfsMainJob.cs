using System.Diagnostics;
using Ankole.Core;
using Ankole.Testing;
using static Ankole.Backup.Tests.StoreActions;

namespace Ankole.Backup.Tests;

/// <summary>The main job over NFS, and with the server taken away in the middle of it.</summary>
[Collection(NfsServer.Collection)]
[Trait("Category", "RealServer")]
public sealed class NfsMainJob(NfsServer server) : MainJob
{
    [Fact]
    public async Task A_server_killed_and_started_again_in_the_middle_of_a_backup_and_a_restore_costs_time_and_nothing_else()
    {
        await using var objects = server.Open(out _);
        var device = new MemoryDevice(64 * MiB);
        device.Randomize(0, 64 * MiB, seed: 1);
        await OverARestart(objects, "put", store => store.BackUp("b1", device));
        Assert.Equal(device.Sha256, (await OverARestart(objects, "get", store => store.Restore("b1"))).Sha256);
        Assert.Empty((await Store(objects).VerifyAsync(null, null, deep: true, null, Token)).Damage);
    }

    [Fact]
    public async Task A_server_frozen_in_the_middle_of_a_backup_is_an_error_in_time_and_what_was_finished_stays()
    {
        // Slow until the server is frozen: a request to a busy one may take longer than a second.
        var clock = new PacedTime(PacedTime.Slow);
        await using var objects = server.Open(out _, ",timeo=10,retrans=1", new ObjectStoreOptions { Time = clock });
        var store = Store(objects);
        var device = new MemoryDevice(64 * MiB);
        device.Randomize(0, 64 * MiB, seed: 1);
        await store.BackUp("b1", device);
        var finished = device.Sha256;
        device.Randomize(0, 64 * MiB, seed: 2);
        var frozen = 0L;
        var harmed = InTheMiddle(objects, "put", async () =>
        {
            await server.PauseAsync();
            frozen = Stopwatch.GetTimestamp();
            clock.Pace = 1;
        });
        try
        {
            var error = await Assert.ThrowsAnyAsync<AnkoleException>(() => Store(harmed).BackUp("b2", device).WaitAsync(TimeSpan.FromSeconds(120), Token));
            Assert.Equal(ErrorKind.Unavailable, error.Kind);
            Assert.True(harmed.WasHarmed);
            Assert.InRange(Stopwatch.GetElapsedTime(frozen).TotalSeconds, 0.5, 120);
        }
        finally
        {
            await server.ResumeAsync();
        }
        clock.Pace = PacedTime.Slow;
        Assert.Equal(finished, (await store.Restore("b1")).Sha256);
        clock.Pace = 1;
    }

    [Fact]
    public async Task A_full_file_system_ends_a_backup_with_what_to_do_and_is_usable_again_after_a_deletion()
    {
        server.Require();
        Assert.SkipUnless(server.HasSmallFileSystem, "this machine allows no loop mount, so there is no small file system to fill");
        await using var objects = ObjectStores.Open(server.TargetAt("/export-small"), TargetCredentials.None, new ObjectStoreOptions());
        var store = Store(objects);
        var device = new MemoryDevice(64 * MiB);
        device.Randomize(0, 4 * MiB, seed: 1);
        await store.BackUp("b1", device);
        var finished = device.Sha256;
        device.Randomize(0, 64 * MiB, seed: 2);
        var error = await Assert.ThrowsAnyAsync<AnkoleException>(() => store.BackUp("b2", device));
        Assert.Contains("no space is left on the server's file system. Delete backups or enlarge it", error.Message, StringComparison.Ordinal);
        Assert.Equal(finished, (await store.Restore("b1")).Sha256);
        await store.DeleteVolumeAsync("vol1", dryRun: false, null, Token);
        Assert.Empty(await objects.ListAsync("backupstore/", Token).ToListAsync(Token));
    }

    protected override ValueTask<IObjectStore> CreateStoreAsync() => ValueTask.FromResult(server.Open(out _));

    /// <summary>Kills the server half way, and starts it when the work has met with its absence.</summary>
    private async Task<T> OverARestart<T>(IObjectStore objects, string request, Func<Backupstore, Task<T>> work)
    {
        var killed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var working = work(Store(InTheMiddle(objects, request, async () =>
        {
            await server.KillAsync();
            killed.SetResult();
        })));
        await (await Task.WhenAny(killed.Task, working));
        Assert.True(killed.Task.IsCompleted, "the moment never came");
        await server.StartAsync();
        return await working.WaitAsync(TimeSpan.FromSeconds(300), Token);
    }

    /// <summary>Of 32 blocks.</summary>
    private static HarmedStore InTheMiddle(IObjectStore objects, string request, Func<Task> harm)
    {
        var seen = 0;
        return new HarmedStore(objects, made => made == request && ++seen == 16, harm);
    }
}
