namespace Ankole.Backup;

/// <summary>A finished restore.</summary>
public sealed record RestoreResult
{
    public required string Volume { get; init; }

    public required string Backup { get; init; }

    public required long SizeBytes { get; init; }

    /// <summary>Blocks written with data.</summary>
    public required long BlocksWritten { get; init; }

    public required OperationStatistics Statistics { get; init; }

    public IReadOnlyList<string> Notes { get; init; } = [];
}
