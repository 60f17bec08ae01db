using Ankole.Core;
using Ankole.Files;

namespace Ankole.Volumes;

/// <summary>Makes a replica directory. It exists when <c>volume.meta</c> does: an interrupted creation is simply run again.</summary>
internal static class ReplicaCreation
{
    public static void Create(string directory, long sizeBytes, ReplicaOptions options)
    {
        DurableDirectory.Create(directory);
        var files = options.OpenFiles(directory);
        var names = files.List();
        if (names.FirstOrDefault(name => !IsDebris(files, name)) is { } foreign)
            throw new AnkoleException(
                ErrorKind.Refused,
                names.Contains(DiskName.VolumeRecord)
                    ? $"'{directory}' is a replica already. Choose another directory."
                    : $"'{directory}' is not empty: it holds '{foreign}'. Choose an empty or a new directory.");

        using var ownership = DirectoryLock.Acquire(directory);
        foreach (var debris in names.Where(name => name != DirectoryLock.FileName))
            files.Remove(debris);
        var head = DiskName.FirstHead;
        using var file = ReplicaSteps.CreateHead(files, head, parent: "", sizeBytes, options.Clock.GetUtcNow());
        FileSystemCheck.Check(directory, head);
        files.FlushNames();
        ReplicaSteps.Commit(files, VolumeRecord.New(sizeBytes, head) with { Dirty = false });
    }

    /// <summary>What an interrupted creation leaves: an empty first head, its record, a half-written record.</summary>
    private static bool IsDebris(IReplicaFiles files, string name)
    {
        if (name == DirectoryLock.FileName || name == DiskName.FirstHead + DiskName.Meta || DiskName.IsLeftover(name))
            return true;
        return name == DiskName.FirstHead && files.TryGetFacts(name) is { AllocatedBytes: 0 } && files.TryGetFacts(DiskName.VolumeRecord) is null;
    }
}
