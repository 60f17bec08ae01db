using System.Text;
using Ankole.Core;

namespace Ankole.Backup;

/// <summary>backup_NAME.cfg (backupstore format, section 5): complete in itself, it refers to no other backup.</summary>
public sealed record BackupRecord
{
    public const int DefaultBlockSize = 2 << 20;

    /// <summary>Nobody writes larger blocks; a record that asks for them would only make us allocate.</summary>
    public const int MaxBlockSize = 256 << 20;

    internal const string BlockSizeParameter = "backup-block-size";
    internal const string ModeParameter = "backup-mode";

    public string Name { get; init; } = "";

    public string VolumeName { get; init; } = "";

    public string SnapshotName { get; init; } = "";

    /// <summary>Despite its name, when the backup was started.</summary>
    public string SnapshotCreatedAt { get; init; } = "";

    /// <summary>When it was finished; empty while it is not.</summary>
    public string CreatedTime { get; init; } = "";

    /// <summary>Listed blocks × block size.</summary>
    public long SizeBytes { get; init; }

    public IReadOnlyDictionary<string, string>? Labels { get; init; }

    public IReadOnlyDictionary<string, string>? Parameters { get; init; }

    public bool IsIncremental { get; init; }

    /// <summary>As stored; a record without it means gzip.</summary>
    public string CompressionMethod { get; init; } = CompressionMethods.Default;

    /// <summary>Stored bytes of blocks that the store did not have.</summary>
    public long NewlyUploadedBytes { get; init; }

    /// <summary>Stored bytes of blocks that were written again (mode full).</summary>
    public long ReUploadedBytes { get; init; }

    public BlockList Blocks { get; init; } = BlockList.Empty;

    /// <summary>The key of the file of a single-file backup; empty for all others.</summary>
    public string SingleFilePath { get; init; } = "";

    /// <summary>Bytes per block; a matter of the backup, not of the volume.</summary>
    public int BlockSize { get; init; } = DefaultBlockSize;

    public bool IsFinished => CreatedTime.Length > 0;

    public bool IsSingleFile => SingleFilePath.Length > 0;

    internal static BackupRecord Parse(ReadOnlySpan<byte> text, string key)
    {
        var reader = new RecordReader(text, "backup", key);
        var record = new BackupRecord();
        while (reader.NextField(out var name))
        {
            if (RecordReader.Is(name, "Name"u8))
                record = record with { Name = reader.Text() };
            else if (RecordReader.Is(name, "VolumeName"u8))
                record = record with { VolumeName = reader.Text() };
            else if (RecordReader.Is(name, "SnapshotName"u8))
                record = record with { SnapshotName = reader.Text() };
            else if (RecordReader.Is(name, "SnapshotCreatedAt"u8))
                record = record with { SnapshotCreatedAt = reader.Text() };
            else if (RecordReader.Is(name, "CreatedTime"u8))
                record = record with { CreatedTime = reader.Text() };
            else if (RecordReader.Is(name, "Size"u8))
                record = record with { SizeBytes = reader.IntegerText() };
            else if (RecordReader.Is(name, "Labels"u8))
                record = record with { Labels = reader.Map() };
            else if (RecordReader.Is(name, "Parameters"u8))
                record = ReadParameters(record, ref reader);
            else if (RecordReader.Is(name, "IsIncremental"u8))
                record = record with { IsIncremental = reader.Boolean() };
            else if (RecordReader.Is(name, "CompressionMethod"u8))
                record = record with { CompressionMethod = reader.Text() is { Length: > 0 } method ? method : CompressionMethods.Default };
            else if (RecordReader.Is(name, "NewlyUploadedDataSize"u8))
                record = record with { NewlyUploadedBytes = reader.IntegerText() };
            else if (RecordReader.Is(name, "ReUploadedDataSize"u8))
                record = record with { ReUploadedBytes = reader.IntegerText() };
            else if (RecordReader.Is(name, "Blocks"u8))
                record = record with { Blocks = ReadBlocks(ref reader) };
            else if (RecordReader.Is(name, "SingleFile"u8))
                record = record with { SingleFilePath = ReadSingleFile(ref reader) };
            else
                reader.Skip();
        }
        return CheckOffsets(record, reader);
    }

    internal RecordWriter Write()
    {
        var writer = new RecordWriter(checked(4096 + (Blocks.Count * MaxEntryLength(Blocks))))
            .Raw("{\"Name\":"u8).Text(Name)
            .Raw(",\"VolumeName\":"u8).Text(VolumeName)
            .Raw(",\"SnapshotName\":"u8).Text(SnapshotName)
            .Raw(",\"SnapshotCreatedAt\":"u8).Text(SnapshotCreatedAt)
            .Raw(",\"CreatedTime\":"u8).Text(CreatedTime)
            .Raw(",\"Size\":"u8).IntegerText(SizeBytes)
            .Raw(",\"Labels\":"u8).Map(Labels)
            .Raw(",\"Parameters\":"u8).Map(Parameters)
            .Raw(",\"IsIncremental\":"u8).Boolean(IsIncremental)
            .Raw(",\"CompressionMethod\":"u8).Text(CompressionMethod)
            .Raw(",\"NewlyUploadedDataSize\":"u8).IntegerText(NewlyUploadedBytes)
            .Raw(",\"ReUploadedDataSize\":"u8).IntegerText(ReUploadedBytes)
            .Raw(",\"ProcessingBlocks\":"u8).Raw(IsFinished && !IsIncremental && !IsSingleFile ? "{}"u8 : "null"u8);
        WriteBlocks(writer, Blocks);
        return writer.Raw(",\"SingleFile\":{\"FilePath\":"u8).Text(SingleFilePath).Raw("}}"u8);
    }

    /// <summary>Writes <c>,"Blocks":[…]</c>, or nothing for an empty list.</summary>
    internal static void WriteBlocks(RecordWriter writer, BlockList blocks)
    {
        if (blocks.Count == 0)
            return;
        var separator = ",\"Blocks\":[{\"Offset\":"u8;
        for (var i = 0; i < blocks.Count; i++)
        {
            writer.Raw(separator).Integer(blocks.Offsets[i]).Raw(",\"BlockChecksum\":\""u8).Checksum(blocks.Checksums[i]).Raw("\"}"u8);
            separator = ",{\"Offset\":"u8;
        }
        writer.Raw("]"u8);
    }

    internal static BlockList ReadBlocks(ref RecordReader reader)
    {
        if (!reader.EnterArray())
            return BlockList.Empty;
        var builder = new BlockList.Builder((int)(reader.BytesLeft / ShortestEntryLength));
        while (reader.NextElement())
        {
            if (!reader.EnterObject())
                throw reader.Damaged("a block is null");
            var (offset, checksum, hasChecksum) = (0L, default(BlockChecksum), false);
            while (reader.NextField(out var name))
            {
                if (RecordReader.Is(name, "Offset"u8))
                    offset = reader.Integer();
                else if (RecordReader.Is(name, "BlockChecksum"u8))
                    (checksum, hasChecksum) = (ReadChecksum(ref reader), true);
                else
                    reader.Skip();
            }
            if (offset < 0)
                throw reader.Damaged($"the offset {offset} is negative");
            if (!hasChecksum)
                throw reader.Damaged($"the block at offset {offset} has no checksum");
            builder.Add(offset, checksum);
        }
        var list = builder.Build(out var duplicate);
        return duplicate < 0 ? list : throw reader.Damaged($"offset {duplicate} is listed twice");
    }

    /// <summary><c>{"Offset":0,"BlockChecksum":"…"},</c></summary>
    private const int ShortestEntryLength = 32 + BlockChecksum.HexLength;

    private static int MaxEntryLength(BlockList blocks) =>
        ShortestEntryLength + (blocks.Count == 0 ? 0 : blocks.Offsets[^1].ToString().Length);

    private static BlockChecksum ReadChecksum(ref RecordReader reader)
    {
        var bytes = reader.TextBytes();
        Span<char> hex = stackalloc char[BlockChecksum.HexLength];
        return bytes.Length == hex.Length && Encoding.ASCII.GetChars(bytes, hex) == hex.Length && BlockChecksum.TryParse(hex, out var checksum)
            ? checksum
            : throw reader.Damaged("a block's checksum is not 64 hex digits");
    }

    private static string ReadSingleFile(ref RecordReader reader)
    {
        var path = "";
        if (!reader.EnterObject())
            return path;
        while (reader.NextField(out var name))
        {
            if (RecordReader.Is(name, "FilePath"u8))
                path = reader.Text();
            else
                reader.Skip();
        }
        return path;
    }

    private static BackupRecord ReadParameters(BackupRecord record, ref RecordReader reader)
    {
        var parameters = reader.Map();
        var text = parameters?.GetValueOrDefault(BlockSizeParameter) ?? "";
        if (text.Length == 0)
            return record with { Parameters = parameters };
        if (!ByteSize.TryParse(text, out var size) || size > MaxBlockSize)
            throw reader.Damaged($"'{text}' is no block size of at most {MaxBlockSize} bytes");
        return record with { Parameters = parameters, BlockSize = size == 0 ? DefaultBlockSize : (int)size };
    }

    private static BackupRecord CheckOffsets(BackupRecord record, in RecordReader reader)
    {
        foreach (var offset in record.Blocks.Offsets)
            if (offset % record.BlockSize != 0)
                throw reader.Damaged($"offset {offset} is not a multiple of the block size {record.BlockSize}");
        return record;
    }
}
