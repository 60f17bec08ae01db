namespace Ankole.Backup;

/// <summary>system-backup.cfg (backupstore format, section 15): describes a zip of Longhorn's cluster objects, opaque here.</summary>
public sealed record SystemBackupRecord
{
    public string Name { get; init; } = "";

    public string LonghornVersion { get; init; } = "";

    public string LonghornGitCommit { get; init; } = "";

    public string BackupTargetUrl { get; init; } = "";

    public string ManagerImage { get; init; } = "";

    public string EngineImage { get; init; } = "";

    /// <summary>With nanoseconds, unlike every other time of the store.</summary>
    public string CreatedAt { get; init; } = "";

    /// <summary>SHA-256 of the zip, 64 hex digits.</summary>
    public string Checksum { get; init; } = "";

    internal static SystemBackupRecord Parse(ReadOnlySpan<byte> text, string key)
    {
        var reader = new RecordReader(text, "system backup", key);
        var record = new SystemBackupRecord();
        while (reader.NextField(out var name))
        {
            if (RecordReader.Is(name, "Name"u8))
                record = record with { Name = reader.Text() };
            else if (RecordReader.Is(name, "LonghornVersion"u8))
                record = record with { LonghornVersion = reader.Text() };
            else if (RecordReader.Is(name, "LonghornGitCommit"u8))
                record = record with { LonghornGitCommit = reader.Text() };
            else if (RecordReader.Is(name, "BackupTargetURL"u8))
                record = record with { BackupTargetUrl = reader.Text() };
            else if (RecordReader.Is(name, "ManagerImage"u8))
                record = record with { ManagerImage = reader.Text() };
            else if (RecordReader.Is(name, "EngineImage"u8))
                record = record with { EngineImage = reader.Text() };
            else if (RecordReader.Is(name, "CreatedAt"u8))
                record = record with { CreatedAt = reader.Text() };
            else if (RecordReader.Is(name, "Checksum"u8))
                record = record with { Checksum = reader.Text() };
            else
                reader.Skip();
        }
        return record;
    }
}
