namespace Ankole.Backup;

/// <summary>What is stored about a backup, without its block list.</summary>
public sealed record BackupInspection
{
    public required string Name { get; init; }

    public required string Volume { get; init; }

    public string Snapshot { get; init; } = "";

    public string SnapshotCreatedAt { get; init; } = "";

    public string CreatedAt { get; init; } = "";

    public bool IsFinished { get; init; }

    public bool IsIncremental { get; init; }

    /// <summary>Listed blocks × block size.</summary>
    public long SizeBytes { get; init; }

    public int Blocks { get; init; }

    public int BlockSize { get; init; }

    public string CompressionMethod { get; init; } = "";

    public long NewlyUploadedBytes { get; init; }

    public long ReUploadedBytes { get; init; }

    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();

    public IReadOnlyDictionary<string, string> Parameters { get; init; } = new Dictionary<string, string>();

    /// <summary>The file's key of a single-file backup, or empty.</summary>
    public string SingleFilePath { get; init; } = "";

    /// <summary>Why the record cannot be read, or null.</summary>
    public string? Problem { get; init; }

    internal static BackupInspection Of(string volume, string name, BackupRecord record) => new()
    {
        Name = name, Volume = volume, Snapshot = record.SnapshotName, SnapshotCreatedAt = record.SnapshotCreatedAt, CreatedAt = record.CreatedTime,
        IsFinished = record.IsFinished, IsIncremental = record.IsIncremental, SizeBytes = record.SizeBytes, Blocks = record.Blocks.Count,
        BlockSize = record.BlockSize, CompressionMethod = record.CompressionMethod, NewlyUploadedBytes = record.NewlyUploadedBytes,
        ReUploadedBytes = record.ReUploadedBytes, Labels = record.Labels ?? new Dictionary<string, string>(),
        Parameters = record.Parameters ?? new Dictionary<string, string>(), SingleFilePath = record.SingleFilePath,
    };
}
