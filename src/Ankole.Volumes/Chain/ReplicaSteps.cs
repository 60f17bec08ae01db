namespace Ankole.Volumes;

/// <summary>The steps that several operations share, in the order that makes each of them safe to interrupt.</summary>
internal static class ReplicaSteps
{
    /// <summary>
    /// Data first, record last: after a crash in between, the record still says that the disk was marked removed, or is a spare head.
    /// </summary>
    public static void RemoveDisk(IReplicaFiles files, string disk)
    {
        files.Remove(disk);
        files.Remove(disk + DiskName.Checksum);
        files.FlushNames();
        files.Remove(disk + DiskName.Meta);
    }

    /// <summary>A new, empty head whose parent is <paramref name="parent"/>; not live before <c>volume.meta</c> names it.</summary>
    public static DataFile CreateHead(IReplicaFiles files, string head, string parent, long sizeBytes, DateTimeOffset now)
    {
        var file = files.CreateData(head, sizeBytes);
        try
        {
            files.ReplaceRecord(head + DiskName.Meta, DiskRecord.ForHead(head, parent, now).ToBytes());
            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>The commit point of everything that changes which head is live.</summary>
    public static void Commit(IReplicaFiles files, VolumeRecord volume)
    {
        files.ReplaceRecord(DiskName.VolumeRecord, volume.ToBytes());
        files.FlushNames();
    }
}
