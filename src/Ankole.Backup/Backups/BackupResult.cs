namespace Ankole.Backup;

/// <summary>A finished backup.</summary>
public sealed record BackupResult
{
    public required string Volume { get; init; }

    public required string Backup { get; init; }

    /// <summary>Of the volume, in bytes.</summary>
    public required long VolumeSizeBytes { get; init; }

    /// <summary>Blocks the backup lists.</summary>
    public required int Blocks { get; init; }

    public required bool IsIncremental { get; init; }

    /// <summary>The backup it is based on, or empty.</summary>
    public required string Base { get; init; }

    /// <summary>Why that base, or why none, in a sentence.</summary>
    public required string BaseReason { get; init; }

    public required OperationStatistics Statistics { get; init; }

    /// <summary>What an operator may want to know: blocks healed, leftovers removed, a method that differs from the one asked for.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];
}
