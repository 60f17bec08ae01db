namespace Ankole.Backup;

/// <summary>One volume of a store as a listing shows it.</summary>
/// <param name="Backups">Names, ascending, unfinished ones included; empty when only volumes were asked for.</param>
/// <param name="Record">Null when it cannot be read; then <paramref name="Problem"/> says why.</param>
/// <param name="Problem">Why it cannot be used (no volume.cfg, an invalid name), or null.</param>
public sealed record VolumeSummary(string Name, IReadOnlyList<string> Backups, VolumeRecord? Record, string? Problem);
