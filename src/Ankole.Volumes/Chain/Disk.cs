using Ankole.Files;

namespace Ankole.Volumes;

/// <summary>One disk as the directory shows it.</summary>
/// <param name="Name">The data file's name; that of the record less <c>.meta</c>.</param>
/// <param name="Data">Null when the data file is missing.</param>
/// <param name="RecordFacts">The record's own file: after a crash it can share its inode with another's.</param>
internal sealed record Disk(string Name, DiskRecord Record, FileFacts? Data, FileFacts? RecordFacts)
{
    public string? Snapshot => DiskName.SnapshotOf(Name);

    public bool IsHead => DiskName.IsHead(Name);

    public string MetaName => Name + DiskName.Meta;

    public string ChecksumName => Name + DiskName.Checksum;
}
