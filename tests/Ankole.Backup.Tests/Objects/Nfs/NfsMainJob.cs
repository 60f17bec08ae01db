using System.Diagnostics;
using Ankole.Core;
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
        var store = Store(objects);
        var device = new MemoryDevice(128 * MiB);
        device.Randomize(0, 128 * MiB, seed: 1);
        await OverARestart(store.BackUp("b1", device));
        Assert.Equal(device.Sha256, await OverARestart(RestoreAsync()));
        Assert.Empty((await store.VerifyAsync(null, null, deep: true, null, Token)).Damage);

        async Task<string> RestoreAsync() => (await store.Restore("b1")).Sha256;
    }

    [Fact]
    public async Task A_server_frozen_in_the_middle_of_a_backup_is_an_error_in_time_and_what_was_finished_stays()
    {
        await using var objects = server.Open(out _, ",timeo=10,retrans=1");
        var store = Store(objects);
        var device = new MemoryDevice(64 * MiB);
        device.Randomize(0, 64 * MiB, seed: 1);
        await store.BackUp("b1", device);
        var finished = device.Sha256;
        device.Randomize(0, 64 * MiB, seed: 2);

        var backup = store.BackUp("b2", device);
        await Task.Delay(50, Token);
        await server.PauseAsync();
        var watch = Stopwatch.StartNew();
        try
        {
            var error = await Assert.ThrowsAnyAsync<AnkoleException>(() => backup.WaitAsync(TimeSpan.FromSeconds(120), Token));
            Assert.Equal(ErrorKind.Unavailable, error.Kind);
            Assert.InRange(watch.Elapsed.TotalSeconds, 0.5, 120);
        }
        finally
        {
            await server.ResumeAsync();
        }
        Assert.Equal(finished, (await store.Restore("b1")).Sha256);
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

    private async Task<T> OverARestart<T>(Task<T> work)
    {
        await Task.Delay(150, Token);
        await server.KillAsync();
        await server.StartAsync();
        return await work.WaitAsync(TimeSpan.FromSeconds(300), Token);
    }
}
