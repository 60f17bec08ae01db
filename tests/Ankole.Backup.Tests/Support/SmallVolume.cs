using Ankole.Core;

namespace Ankole.Backup.Tests;

/// <summary>A volume of eight 64 KiB blocks with three snapshots: small, so that a test can go through every request of an operation.</summary>
internal sealed class SmallVolume
{
    public const int BlockSize = 64 << 10;

    public SmallVolume()
    {
        Chain = new MemoryChain(8 * BlockSize);
        Chain.Randomize(0, 4 * BlockSize, seed: 1);
        Chain.Snapshot("s1");
        Chain.Randomize(BlockSize, 100, seed: 2);
        Chain.Randomize(6 * BlockSize, 100, seed: 3);
        Chain.Snapshot("s2");
        Chain.Randomize(2 * BlockSize, 2 * BlockSize, seed: 4);
        Chain.Write(0, new byte[BlockSize]);
        Chain.Snapshot("s3");
    }

    public MemoryChain Chain { get; }

    /// <summary>Backs snapshot sN up as bN.</summary>
    public Task<BackupResult> BackUp(Backupstore store, int number) =>
        store.BackUp($"b{number}", Chain.Open($"s{number}"), request => request with { BlockSize = BlockSize });

    /// <summary>Fails unless bN is finished and restores to sN.</summary>
    public async Task AssertRestores(Backupstore store, params int[] numbers)
    {
        foreach (var number in numbers)
            Assert.Equal(Chain.Open($"s{number}").Bytes, (await store.Restore($"b{number}")).Bytes);
    }

    /// <summary>Fails if a finished backup restores to anything but its snapshot; one that says that it is damaged, unfinished or absent may.</summary>
    public async Task AssertNeverWrong(Backupstore store, int number)
    {
        try
        {
            Assert.Equal(Chain.Open($"s{number}").Bytes, (await store.Restore($"b{number}")).Bytes);
        }
        catch (AnkoleException e) when (e.Kind is ErrorKind.Damaged or ErrorKind.Refused or ErrorKind.NotFound)
        {
        }
    }
}
