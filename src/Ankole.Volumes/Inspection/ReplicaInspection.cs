namespace Ankole.Volumes;

/// <summary>What a replica directory holds.</summary>
/// <param name="SizeBytes">Of the volume.</param>
/// <param name="AllocatedBytes">What all data files occupy; a file with two names counts once.</param>
/// <param name="Head">The live head's file name.</param>
/// <param name="BackingFile">Path of the image below the root, or empty.</param>
/// <param name="Disks">Every disk, dead branches too, by name.</param>
/// <param name="Chain">From the live head down.</param>
/// <param name="DisplayChain">The same without the removed ones.</param>
public sealed record ReplicaInspection(
    string Directory, long SizeBytes, long AllocatedBytes, string Head, bool Dirty, bool Rebuilding, string BackingFile,
    IReadOnlyList<DiskInspection> Disks, IReadOnlyList<string> Chain, IReadOnlyList<string> DisplayChain, IReadOnlyList<ReplicaWarning> Warnings)
{
    internal static ReplicaInspection Of(string directory, LoadedReplica loaded, IReadOnlyList<ReplicaWarning> moreWarnings)
    {
        var chain = loaded.LiveChain.Select(disk => disk.Name).ToList();
        var tree = loaded.Tree;
        return new ReplicaInspection(
            directory,
            loaded.Volume.Size,
            tree.Disks.Where(disk => disk.Data is not null).DistinctBy(disk => disk.Data!.Value.Identity).Sum(disk => disk.Data!.Value.AllocatedBytes),
            loaded.Volume.Head,
            loaded.Volume.Dirty,
            loaded.Volume.Rebuilding,
            loaded.Volume.BackingFilePath,
            [.. tree.Disks.OrderBy(disk => disk.Name, StringComparer.Ordinal).Select(disk => DiskInspection.Of(disk, loaded, chain))],
            chain,
            [.. loaded.LiveChain.Where(disk => !disk.Record.Removed).Select(disk => disk.Name)],
            [.. loaded.Warnings, .. moreWarnings]);
    }
}
