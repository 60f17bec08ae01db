using Ankole.Core;

namespace Ankole.Backup;

/// <summary>
/// Which earlier backup serves this one (backupstore format, sections 9.3, 22.7 and 22.8).
/// </summary>
/// <param name="Recorded">A record whose blocks are taken to be in the store, so that they need not be asked for; null when there is none.</param>
/// <param name="InheritsFrom">The snapshot to compare with: the base's blocks are inherited where the chain proves that nothing changed. Null: every allocated block is looked at.</param>
/// <param name="IsIncremental">A previous backup serves as base, by proof or by content.</param>
/// <param name="Reason">For people.</param>
internal sealed record BaseChoice(BackupRecord? Recorded, string? InheritsFrom, bool IsIncremental, string Reason)
{
    public bool Inherits => InheritsFrom is not null;

    public static BaseChoice Make(BackupRequest request, int blockSize, IBlockSource source, VolumeRecord? volume, BackupRecord? last, string? lastProblem)
    {
        if (request.Mode == BackupMode.Full)
            return None("mode full looks at every block and sends it again");
        if (volume is null || volume.LastBackupName.Length == 0)
            return None("the volume has no earlier backup");
        if (last is null)
            return None(lastProblem ?? $"the last backup '{volume.LastBackupName}' does not exist any more");
        if (!last.IsFinished || last.IsSingleFile)
            return None($"the last backup '{last.Name}' is not a finished backup of blocks");
        if (last.BlockSize != blockSize)
            return None($"the last backup '{last.Name}' has blocks of {last.BlockSize} bytes, this one of {blockSize}");
        if (source is not ISnapshotSource chain)
            return new BaseChoice(last, null, true, $"every allocated block is read and compared with '{last.Name}' by its checksum");
        if (last.SnapshotName.Length == 0)
            return new BaseChoice(last, null, false, $"the last backup '{last.Name}' names no snapshot to compare with");
        if (last.SnapshotName == chain.SnapshotName)
            return new BaseChoice(last, null, false, $"the last backup '{last.Name}' is of the same snapshot '{chain.SnapshotName}'");
        return chain.CanTellChangesSince(last.SnapshotName)
            ? new BaseChoice(last, last.SnapshotName, true, $"the chain proves what changed since snapshot '{last.SnapshotName}' of '{last.Name}'")
            : new BaseChoice(last, null, false, $"snapshot '{last.SnapshotName}' of the last backup '{last.Name}' is not in the chain below '{chain.SnapshotName}'");
    }

    private static BaseChoice None(string reason) => new(null, null, false, reason);
}
