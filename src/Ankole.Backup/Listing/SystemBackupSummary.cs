namespace Ankole.Backup;

/// <summary>One system backup: which release wrote it and under what name. Its record is read by inspecting it.</summary>
public sealed record SystemBackupSummary(string Version, string Name);
