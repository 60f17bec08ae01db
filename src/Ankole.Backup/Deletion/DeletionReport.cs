namespace Ankole.Backup;

/// <summary>What a deletion removed, or with a dry run would remove.</summary>
public sealed record DeletionReport
{
    public required string Volume { get; init; }

    /// <summary>Records that went: one for a backup, all for a volume.</summary>
    public required IReadOnlyList<string> Backups { get; init; }

    public required bool IsDryRun { get; init; }

    /// <summary>Blocks that no remaining backup names.</summary>
    public required long Blocks { get; init; }

    /// <summary>Stored (packed) bytes of those blocks and of the records: what the deletion frees.</summary>
    public required long Bytes { get; init; }

    /// <summary>Why blocks were kept although the record went, or null. A later deletion collects them.</summary>
    public string? BlocksKeptBecause { get; init; }

    /// <summary>The volume's newest backup afterwards, or empty.</summary>
    public string LastBackupName { get; init; } = "";

    public required OperationStatistics Statistics { get; init; }

    public IReadOnlyList<string> Notes { get; init; } = [];
}
