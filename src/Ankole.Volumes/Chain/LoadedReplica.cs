using Ankole.Core;

namespace Ankole.Volumes;

/// <summary>What the records of a replica directory say, read without writing anything.</summary>
/// <param name="LiveChain">From the head down, newest first.</param>
internal sealed record LoadedReplica(VolumeRecord Volume, DiskTree Tree, IReadOnlyList<Disk> LiveChain, IReadOnlyList<ReplicaWarning> Warnings)
{
    /// <summary>A snapshot whose making was interrupted before the head was switched: its file is still the head's. It never came to be, and goes at the next opening.</summary>
    public bool IsUnborn(Disk disk) => disk is { Snapshot: not null, Data: { } data } && data.Identity == LiveChain[0].Data!.Value.Identity;

    /// <exception cref="AnkoleException">The directory is no replica, or its live chain is damaged.</exception>
    public static LoadedReplica Load(IReplicaFiles files, bool allowRebuilding)
    {
        var directory = files.Directory;
        var names = ListExisting(files);
        var tree = DiskTree.Load(files);
        var warnings = new List<ReplicaWarning>();
        var stored = files.TryReadRecord(DiskName.VolumeRecord);
        var volume = stored is { Length: > 0 }
            ? VolumeRecord.Parse(stored, Path.Combine(directory, DiskName.VolumeRecord))
            : FromOnlyHead(directory, names, tree, warnings);
        if (volume.Size <= 0 || !DiskName.IsHead(volume.Head))
            throw new AnkoleException(
                ErrorKind.Damaged, $"'{directory}/{DiskName.VolumeRecord}' is damaged: size {volume.Size} and head '{volume.Head}' make no volume.");
        if (volume.Rebuilding && !allowRebuilding)
            throw new AnkoleException(
                ErrorKind.Refused,
                $"replica '{directory}' was being rebuilt: its data is incomplete, in snapshots too. Use another replica of the volume, or force it.");
        var chain = tree.ChainOf(volume.Head);
        Warn(volume, tree, chain, names, warnings);
        return new LoadedReplica(volume, tree, chain, warnings);
    }

    private static IReadOnlyList<string> ListExisting(IReplicaFiles files)
    {
        if (!Directory.Exists(files.Directory))
            throw new AnkoleException(ErrorKind.NotFound, $"replica directory '{files.Directory}' does not exist.");
        var names = files.List();
        if (!names.Contains(DiskName.VolumeRecord) && !names.Any(DiskName.IsHead))
            throw new InvalidInputException(
                $"'{files.Directory}' is no replica directory: it has neither '{DiskName.VolumeRecord}' nor a 'volume-head-NNN.img'.");
        return names;
    }

    private static VolumeRecord FromOnlyHead(string directory, IReadOnlyList<string> names, DiskTree tree, List<ReplicaWarning> warnings)
    {
        var heads = names.Where(DiskName.IsHead).ToList();
        if (heads.Count != 1)
            throw new AnkoleException(
                ErrorKind.Damaged,
                $"'{directory}/{DiskName.VolumeRecord}' is missing or empty and there are {heads.Count} heads ({string.Join(", ", heads)}): " +
                "it cannot be told which is the live one. Restore the record, or move the wrong head away.");
        var head = tree.ChainOf(heads[0])[0];
        warnings.Add(new ReplicaWarning(
            ReplicaWarningKind.VolumeRecordMissing,
            $"'{DiskName.VolumeRecord}' is missing or empty: took the only head '{head.Name}' and its size. Whether a rebuild was under way is lost."));
        return VolumeRecord.New(head.Data!.Value.Length, head.Name) with { Parent = head.Record.Parent };
    }

    private static void Warn(
        VolumeRecord volume, DiskTree tree, IReadOnlyList<Disk> chain, IReadOnlyList<string> names, List<ReplicaWarning> warnings)
    {
        void Add(ReplicaWarningKind kind, string message) => warnings.Add(new ReplicaWarning(kind, message));

        if (volume.Dirty)
            Add(ReplicaWarningKind.Dirty, "it was not closed cleanly, or is in use.");
        if (volume.Rebuilding)
            Add(ReplicaWarningKind.Rebuilding, "it was being rebuilt: its data is incomplete.");
        if (volume.Error.Length > 0)
            Add(ReplicaWarningKind.ErrorRecorded, $"Longhorn noted an error: {volume.Error}");
        foreach (var (metaName, reason) in tree.Unreadable)
            Add(ReplicaWarningKind.RecordUnreadable, $"'{metaName}' cannot be read: {reason.Message}");
        foreach (var disk in tree.Disks)
        {
            if (disk.IsHead && disk.Name != volume.Head)
                Add(ReplicaWarningKind.SpareHead, $"'{disk.Name}' is a head, but '{volume.Head}' is the live one.");
            else if (!disk.IsHead && disk.Snapshot is null)
                Add(ReplicaWarningKind.UnknownDisk, $"'{disk.Name}' is neither a head nor a snapshot.");
            if (disk.Data is null)
                Add(ReplicaWarningKind.DataMissing, $"the data file of '{disk.Name}' is missing.");
            if (disk.Record.Parent.Length > 0 && tree.Find(disk.Record.Parent) is null)
                Add(ReplicaWarningKind.ParentMissing, $"the parent '{disk.Record.Parent}' of '{disk.Name}' is missing.");
        }
        foreach (var name in names)
        {
            if ((DiskName.SnapshotOf(name) is not null || DiskName.IsHead(name)) && !names.Contains(name + DiskName.Meta))
                Add(ReplicaWarningKind.RecordMissing, $"'{name}' has no record and belongs to nothing.");
        }
        foreach (var twins in tree.Disks.Where(disk => disk.Data is not null).GroupBy(disk => disk.Data!.Value.Identity).Where(twins => twins.Count() > 1))
        {
            Add(ReplicaWarningKind.SharedFile, $"{string.Join(" and ", twins.Select(disk => $"'{disk.Name}'"))} are one file: an operation was interrupted.");
            foreach (var snapshot in twins.Where(disk => disk is { IsHead: false, Record.UserCreated: false }))
                if (twins.Any(other => other.IsHead))
                    Add(ReplicaWarningKind.SnapshotOriginUnknown, $"whether a person made snapshot '{snapshot.Snapshot}' was lost in a crash.");
        }
        if (chain.Skip(1).Any(disk => disk.Data!.Value.Identity == chain[0].Data!.Value.Identity))
            throw new AnkoleException(ErrorKind.Damaged, $"the head '{volume.Head}' shares its data file with a snapshot below it: writing would change both.");
    }
}
