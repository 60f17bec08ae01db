using System.Collections;
using Ankole.Core;

namespace Ankole.Backup;

/// <summary>
/// Which stored blocks the remaining backups name. Records are read one at a time, so memory is the listing's and one record's.
/// </summary>
internal sealed class BlockReferences(VolumeContents contents)
{
    private readonly BitArray isReferenced = new(contents.Blocks.Count);

    /// <summary>Named by a record and not stored: damage, which a deletion neither causes nor repairs.</summary>
    public long MissingBlocks { get; private set; }

    /// <summary>Why no block may be deleted, or null.</summary>
    public string? KeepEverythingBecause { get; private set; }

    public BackupRecord? Newest { get; private set; }

    /// <summary>Unfinished records that nobody works on any more; they are removed with the blocks.</summary>
    public List<string> Abandoned { get; } = [];

    public async Task CountAsync(
        RecordStore records, VolumeKeys keys, IEnumerable<string> backups, Func<string, bool> isAbandoned, CancellationToken cancellationToken)
    {
        foreach (var name in backups)
        {
            try
            {
                var record = await records.ReadBackupAsync(keys, name, cancellationToken)
                    ?? throw VolumeContents.Contradicted(records.Objects, keys, keys.Backup(name));
                Count(record, name, isAbandoned);
            }
            catch (RecordDamagedException e)
            {
                KeepEverythingBecause ??= $"the record of backup '{name}' cannot be read, so nobody knows which blocks it needs ({e.Message})";
            }
        }
    }

    /// <summary>Numbers, in <see cref="VolumeContents.Blocks"/>, of the blocks that nobody names.</summary>
    public IEnumerable<int> Unreferenced()
    {
        for (var number = 0; number < isReferenced.Count; number++)
            if (!isReferenced[number])
                yield return number;
    }

    private void Count(BackupRecord record, string name, Func<string, bool> isAbandoned)
    {
        if (!record.IsFinished)
        {
            if (isAbandoned(name))
                Abandoned.Add(name);
            else
                KeepEverythingBecause ??= $"backup '{name}' is unfinished, so its blocks may not be named yet";
            return;
        }
        foreach (var checksum in record.Blocks.Checksums)
        {
            var number = contents.Blocks.NumberOf(checksum);
            if (number >= 0)
                isReferenced[number] = true;
            else
                MissingBlocks++;
        }
        if (Newest is null || string.CompareOrdinal(record.SnapshotCreatedAt, Newest.SnapshotCreatedAt) > 0)
            Newest = record with { Name = name, Blocks = BlockList.Empty };
    }
}
