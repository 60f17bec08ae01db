using Ankole.Core;

namespace Ankole.Backup;

/// <summary>
/// One flat listing of a volume's whole folder. One and not three, because then it proves itself: a listing that shows volume.cfg and the lock
/// written a moment ago has reached the folder's end and is not from yesterday, so what it does not show of the rest is not there.
/// </summary>
internal sealed class VolumeContents
{
    private readonly List<long> blockLengths = [];

    private VolumeContents()
    {
    }

    /// <summary>Every block with a number from 0; <see cref="BlockLength"/> goes by it.</summary>
    public ChecksumSet Blocks { get; } = new();

    /// <summary>Names and last write of every backup record, unfinished ones included.</summary>
    public SortedDictionary<string, ObjectEntry> Backups { get; } = new(StringComparer.Ordinal);

    /// <summary>Locks, files of single-file backups, and what is not ours.</summary>
    public List<ObjectEntry> Others { get; } = [];

    public bool HasVolumeRecord { get; private set; }

    public long BlockLength(int number) => blockLengths[number];

    public static async Task<VolumeContents> ListAsync(IObjectStore objects, VolumeKeys keys, CancellationToken cancellationToken)
    {
        var contents = new VolumeContents();
        await foreach (var entry in objects.ListAsync(keys.Folder, cancellationToken))
            contents.Add(entry, keys);
        return contents;
    }

    /// <exception cref="AnkoleException">The listing does not show what is certainly there.</exception>
    public void CheckComplete(IObjectStore objects, VolumeKeys keys, string? lockKey)
    {
        if (!HasVolumeRecord || (lockKey is not null && !Others.Exists(entry => entry.Key == lockKey)))
            throw Untrusted(objects, keys, HasVolumeRecord ? $"the lock '{lockKey}' that was just written" : $"'{keys.Record}'");
    }

    /// <summary>The listing names a record that a get does not find.</summary>
    public static AnkoleException Contradicted(IObjectStore objects, VolumeKeys keys, string key) => new(
        ErrorKind.Refused,
        $"the listing of volume '{keys.Volume}' in backup target '{objects.DisplayName}' shows '{key}', which cannot be found: the target contradicts " +
        "itself. Nothing was deleted. Check the target and try again.");

    public static AnkoleException Untrusted(IObjectStore objects, VolumeKeys keys, string missing) => new(
        ErrorKind.Refused,
        $"the listing of volume '{keys.Volume}' in backup target '{objects.DisplayName}' does not show {missing}, which exists: it is incomplete or " +
        "stale, and what it lacks would be taken for unused. Nothing was deleted. Check the target and try again.");

    private void Add(ObjectEntry entry, VolumeKeys keys)
    {
        if (entry.Key == keys.Record)
            HasVolumeRecord = true;
        else if (keys.Blocks.TryParse(entry.Key, out var checksum) && Blocks.Add(checksum))
            blockLengths.Add(entry.Length);
        else if (entry.Key.StartsWith(keys.BackupsFolder, StringComparison.Ordinal)
            && StoreKeys.BackupNameOf(entry.Key, keys.BackupsFolder) is { } name)
            Backups[name] = entry;
        else
            Others.Add(entry);
    }
}
