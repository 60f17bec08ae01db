namespace Ankole.Backup;

/// <summary>What is stored about a volume.</summary>
/// <param name="ModifiedAt">Of volume.cfg, by the store's clock.</param>
/// <param name="Backups">In the order they were started.</param>
public sealed record VolumeInspection(VolumeRecord Record, DateTimeOffset ModifiedAt, IReadOnlyList<BackupInspection> Backups);
