using Ankole.Core;

namespace Ankole.Backup.Tests;

/// <summary>The common moves of these tests, each in a line.</summary>
internal static class StoreActions
{
    public const int MiB = 1 << 20;

    public static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Options without the settling time of locks: the tests of locks have their own clock.</summary>
    public static BackupstoreOptions Options { get; } = new() { LockTimings = LockTimings.Longhorn with { Settle = TimeSpan.Zero } };

    public static Backupstore Store(IObjectStore objects, BackupstoreOptions? options = null, TimeProvider? time = null) =>
        new(objects, options ?? Options, time);

    public static Task<BackupResult> BackUp(this Backupstore store, string backup, IBlockSource source, Func<BackupRequest, BackupRequest>? change = null)
    {
        var request = new BackupRequest { Volume = "vol1", Backup = backup };
        return store.BackUpAsync(change?.Invoke(request) ?? request, source, null, Token);
    }

    public static async Task<MemoryDevice> Restore(this Backupstore store, string volume, string backup)
    {
        await using var restore = await store.OpenRestoreAsync(new RestoreRequest { Volume = volume, Backup = backup }, Token);
        var device = new MemoryDevice(restore.SizeBytes);
        await restore.RunAsync(device, destinationIsZero: true, null, Token);
        return device;
    }

    public static Task<MemoryDevice> Restore(this Backupstore store, string backup) => store.Restore("vol1", backup);

    /// <summary>Returns once so many attempts have failed and are made again.</summary>
    public static async Task WhenRetryingAsync(this IObjectStore objects, int attempts)
    {
        while (objects.Requests.Snapshot().Retries < attempts)
            await Task.Delay(5, Token);
    }

    /// <summary>The record of a backup of vol1 as stored.</summary>
    public static BackupRecord Record(this MemoryObjectStore objects, string backup)
    {
        var key = new VolumeKeys("vol1").Backup(backup);
        return BackupRecord.Parse(objects.Contents[key], key);
    }

    public static VolumeRecord Volume(this MemoryObjectStore objects)
    {
        var key = new VolumeKeys("vol1").Record;
        return VolumeRecord.Parse(objects.Contents[key], key);
    }

    public static IReadOnlyList<string> BlockKeys(this MemoryObjectStore objects) =>
        [.. objects.Contents.Keys.Where(key => key.EndsWith(".blk", StringComparison.Ordinal))];

    public static IReadOnlyList<string> Locks(this MemoryObjectStore objects) =>
        [.. objects.Contents.Keys.Where(key => key.EndsWith(".lck", StringComparison.Ordinal))];
}
