namespace Ankole.Backup;

/// <summary>backing-image.cfg (backupstore format, section 14). Blocks are 2 MiB; the last one may be short.</summary>
public sealed record BackingImageRecord
{
    public string Name { get; init; } = "";

    public long SizeBytes { get; init; }

    public long BlockCount { get; init; }

    /// <summary>Opaque to the store; Longhorn passes the image file's SHA-512.</summary>
    public string Checksum { get; init; } = "";

    public IReadOnlyDictionary<string, string>? Labels { get; init; }

    public string CompressionMethod { get; init; } = CompressionMethods.Default;

    public string CreatedTime { get; init; } = "";

    /// <summary>Empty while unfinished.</summary>
    public string CompleteTime { get; init; } = "";

    /// <summary>The Kubernetes secret's name of an encrypted image; not a secret itself.</summary>
    public string Secret { get; init; } = "";

    public string SecretNamespace { get; init; } = "";

    public BlockList Blocks { get; init; } = BlockList.Empty;

    public bool IsFinished => CompleteTime.Length > 0;

    internal static BackingImageRecord Parse(ReadOnlySpan<byte> text, string key)
    {
        var reader = new RecordReader(text, "backing image", key);
        var record = new BackingImageRecord();
        while (reader.NextField(out var name))
        {
            if (RecordReader.Is(name, "Name"u8))
                record = record with { Name = reader.Text() };
            else if (RecordReader.Is(name, "Size"u8))
                record = record with { SizeBytes = reader.IntegerText() };
            else if (RecordReader.Is(name, "BlockCount"u8))
                record = record with { BlockCount = reader.IntegerText() };
            else if (RecordReader.Is(name, "Checksum"u8))
                record = record with { Checksum = reader.Text() };
            else if (RecordReader.Is(name, "Labels"u8))
                record = record with { Labels = reader.Map() };
            else if (RecordReader.Is(name, "CompressionMethod"u8))
                record = record with { CompressionMethod = reader.Text() is { Length: > 0 } method ? method : CompressionMethods.Default };
            else if (RecordReader.Is(name, "CreatedTime"u8))
                record = record with { CreatedTime = reader.Text() };
            else if (RecordReader.Is(name, "CompleteTime"u8))
                record = record with { CompleteTime = reader.Text() };
            else if (RecordReader.Is(name, "Secret"u8))
                record = record with { Secret = reader.Text() };
            else if (RecordReader.Is(name, "SecretNamespace"u8))
                record = record with { SecretNamespace = reader.Text() };
            else if (RecordReader.Is(name, "Blocks"u8))
                record = record with { Blocks = BackupRecord.ReadBlocks(ref reader) };
            else
                reader.Skip();
        }
        if (record.SizeBytes < 0)
            throw reader.Damaged($"the size {record.SizeBytes} is negative");
        foreach (var offset in record.Blocks.Offsets)
            if (offset % BackupRecord.DefaultBlockSize != 0 || offset >= record.SizeBytes)
                throw reader.Damaged($"offset {offset} is no block of an image of {record.SizeBytes} bytes");
        return record;
    }

    internal RecordWriter Write()
    {
        var writer = new RecordWriter()
            .Raw("{\"Name\":"u8).Text(Name)
            .Raw(",\"Size\":"u8).IntegerText(SizeBytes)
            .Raw(",\"BlockCount\":"u8).IntegerText(BlockCount)
            .Raw(",\"Checksum\":"u8).Text(Checksum)
            .Raw(",\"Labels\":"u8).Map(Labels)
            .Raw(",\"CompressionMethod\":"u8).Text(CompressionMethod)
            .Raw(",\"CreatedTime\":"u8).Text(CreatedTime)
            .Raw(",\"CompleteTime\":"u8).Text(CompleteTime)
            .Raw(",\"Secret\":"u8).Text(Secret)
            .Raw(",\"SecretNamespace\":"u8).Text(SecretNamespace)
            .Raw(",\"ProcessingBlocks\":{\"Blocks\":{}}"u8);
        BackupRecord.WriteBlocks(writer, Blocks);
        return writer.Raw("}"u8);
    }
}
