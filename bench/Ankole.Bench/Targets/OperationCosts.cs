using Ankole.Backup;
using Ankole.Testing;

namespace Ankole.Bench;

/// <summary>What each operation asks of a target: requests by kind and bytes each way, for a volume of 512 MiB of noise in blocks of 2 MiB.</summary>
internal static class OperationCosts
{
    private const int BlockBytes = 2 << 20, Blocks = 256;

    public static async Task RunAsync(BenchTarget target)
    {
        await using var objects = target.Open();
        var store = new Backupstore(objects);
        await using var device = new MemoryBlockDevice((long)Blocks * BlockBytes, pageSize: 64 << 10);
        for (var block = 0; block < Blocks; block++)
            await ChangeAsync(device, block, seed: block);
        Console.WriteLine($"{target.Name,-10} {"operation",-34} {"list",5} {"get",5} {"head",5} {"put",5} {"delete",6} {"MiB up",8} {"MiB down",8} {"seconds",8}");
        await CountAsync("first backup, 256 blocks", () => BackUpAsync("b1"));
        await ChangeAsync(device, 7, seed: 1000);
        await CountAsync("incremental, 1 block changed", () => BackUpAsync("b2"));
        await CountAsync("incremental, nothing changed", () => BackUpAsync("b3"));
        await CountAsync("list the volumes and backups", async () => await store.ListVolumesAsync(withBackups: true, CancellationToken.None));
        await CountAsync("restore, 256 blocks", RestoreAsync);
        await CountAsync("verify --quick, 3 backups", () => store.VerifyAsync(null, null, deep: false, null, CancellationToken.None));
        await CountAsync("verify, 257 blocks", () => store.VerifyAsync(null, null, deep: true, null, CancellationToken.None));
        await CountAsync("delete a backup, frees 1 block", () => store.DeleteBackupAsync("vol", "b1", dryRun: false, null, CancellationToken.None));
        await CountAsync("delete the volume", () => store.DeleteVolumeAsync("vol", dryRun: false, null, CancellationToken.None));

        Task BackUpAsync(string name) =>
            store.BackUpAsync(new BackupRequest { Volume = "vol", Backup = name, Compression = CompressionMethod.None }, device, null, CancellationToken.None);

        async Task RestoreAsync()
        {
            await using var restore = await store.OpenRestoreAsync(new RestoreRequest { Volume = "vol", Backup = "b3" }, CancellationToken.None);
            await using var restored = new MemoryBlockDevice(restore.SizeBytes, pageSize: 64 << 10);
            await restore.RunAsync(restored, destinationIsZero: true, null, CancellationToken.None);
        }

        async Task CountAsync(string operation, Func<Task> run)
        {
            var before = objects.Requests.Snapshot();
            var seconds = await Workplace.SecondsAsync(run);
            var cost = objects.Requests.Snapshot() - before;
            Console.WriteLine(
                $"{target.Name,-10} {operation,-34} {cost.List,5} {cost.Get,5} {cost.Stat,5} {cost.Put,5} {cost.Delete,6} " +
                $"{cost.BytesWritten / 1048576.0,8:0.0} {cost.BytesRead / 1048576.0,8:0.0} {seconds,8:0.0}");
        }
    }

    private static async Task ChangeAsync(MemoryBlockDevice device, int block, int seed)
    {
        var bytes = new byte[BlockBytes];
        new Random(seed).NextBytes(bytes);
        await device.WriteAsync((long)block * BlockBytes, bytes, CancellationToken.None);
    }
}
