namespace Ankole.Backup;

/// <summary>volume.cfg (backupstore format, section 4).</summary>
public sealed record VolumeRecord
{
    public string Name { get; init; } = "";

    /// <summary>Bytes, as of the newest backup; every restore makes an image of this size.</summary>
    public long SizeBytes { get; init; }

    /// <summary>Of the newest backup.</summary>
    public IReadOnlyDictionary<string, string>? Labels { get; init; }

    public string CreatedTime { get; init; } = "";

    /// <summary>The newest finished backup, the base of the next one; empty when there is none.</summary>
    public string LastBackupName { get; init; } = "";

    public string LastBackupAt { get; init; } = "";

    /// <summary>Distinct blocks stored, as far as its writers knew.</summary>
    public long BlockCount { get; init; }

    public string BackingImageName { get; init; } = "";

    public string BackingImageChecksum { get; init; } = "";

    /// <summary>As stored; a record without it means gzip.</summary>
    public string CompressionMethod { get; init; } = CompressionMethods.Default;

    public string StorageClassName { get; init; } = "";

    public string DataEngine { get; init; } = "v1";

    internal static VolumeRecord Parse(ReadOnlySpan<byte> text, string key)
    {
        var reader = new RecordReader(text, "volume", key);
        var record = new VolumeRecord();
        while (reader.NextField(out var name))
        {
            if (RecordReader.Is(name, "Name"u8))
                record = record with { Name = reader.Text() };
            else if (RecordReader.Is(name, "Size"u8))
                record = record with { SizeBytes = reader.IntegerText() };
            else if (RecordReader.Is(name, "Labels"u8))
                record = record with { Labels = reader.Map() };
            else if (RecordReader.Is(name, "CreatedTime"u8))
                record = record with { CreatedTime = reader.Text() };
            else if (RecordReader.Is(name, "LastBackupName"u8))
                record = record with { LastBackupName = reader.Text() };
            else if (RecordReader.Is(name, "LastBackupAt"u8))
                record = record with { LastBackupAt = reader.Text() };
            else if (RecordReader.Is(name, "BlockCount"u8))
                record = record with { BlockCount = reader.IntegerText() };
            else if (RecordReader.Is(name, "BackingImageName"u8))
                record = record with { BackingImageName = reader.NestedText() };
            else if (RecordReader.Is(name, "BackingImageChecksum"u8))
                record = record with { BackingImageChecksum = reader.NestedText() };
            else if (RecordReader.Is(name, "CompressionMethod"u8))
                record = record with { CompressionMethod = reader.NestedText() is { Length: > 0 } method ? method : CompressionMethods.Default };
            else if (RecordReader.Is(name, "StorageClassName"u8))
                record = record with { StorageClassName = reader.NestedText() };
            else if (RecordReader.Is(name, "DataEngine"u8))
                record = record with { DataEngine = reader.NestedText() is { Length: > 0 } engine ? engine : "v1" };
            else
                reader.Skip();
        }
        return record.SizeBytes < 0 ? throw reader.Damaged($"the size {record.SizeBytes} is negative") : record;
    }

    internal RecordWriter Write() => new RecordWriter()
        .Raw("{\"Name\":"u8).Text(Name)
        .Raw(",\"Size\":"u8).IntegerText(SizeBytes)
        .Raw(",\"Labels\":"u8).Map(Labels)
        .Raw(",\"CreatedTime\":"u8).Text(CreatedTime)
        .Raw(",\"LastBackupName\":"u8).Text(LastBackupName)
        .Raw(",\"LastBackupAt\":"u8).Text(LastBackupAt)
        .Raw(",\"BlockCount\":"u8).IntegerText(BlockCount)
        .Raw(",\"BackingImageName\":"u8).NestedText(BackingImageName)
        .Raw(",\"BackingImageChecksum\":"u8).NestedText(BackingImageChecksum)
        .Raw(",\"CompressionMethod\":"u8).NestedText(CompressionMethod)
        .Raw(",\"StorageClassName\":"u8).NestedText(StorageClassName)
        .Raw(",\"DataEngine\":"u8).NestedText(DataEngine)
        .Raw("}"u8);
}
