namespace Ankole.Backup;

/// <summary>What a verification found.</summary>
public sealed record VerificationReport
{
    /// <summary>Everything that is not as a record says. Empty: every finished backup that was looked at can be restored, as far as was checked.</summary>
    public required IReadOnlyList<DamagedObject> Damage { get; init; }

    /// <summary>Harmless: unfinished backups, unreferenced blocks, foreign files.</summary>
    public required IReadOnlyList<string> Notes { get; init; }

    public required int Volumes { get; init; }

    public required int Backups { get; init; }

    public required int BackingImages { get; init; }

    public required int SystemBackups { get; init; }

    /// <summary>Distinct blocks that records name.</summary>
    public required long Blocks { get; init; }

    /// <summary>True when every block was read and its checksum computed; false: only their presence was checked.</summary>
    public required bool IsDeep { get; init; }

    public required OperationStatistics Statistics { get; init; }

    public bool IsClean => Damage.Count == 0;
}

/// <summary>One damaged or missing object.</summary>
/// <param name="Problem">A sentence that names the backup and the place.</param>
/// <param name="Backups">Backups that cannot be restored because of it, as <c>VOLUME/BACKUP</c>.</param>
public sealed record DamagedObject(string Key, string Problem, IReadOnlyList<string> Backups);
