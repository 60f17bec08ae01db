using Ankole.Core;

namespace Ankole.Volumes;

/// <summary>
/// A replica directory that is only read, and in which nothing is written, created or renamed, whatever state it is in: for rescue, inspection and
/// read-only media.
/// </summary>
/// <remarks>
/// Snapshots can be read while another process of Ankole serves the directory. Its head cannot: the bytes change underneath, without an order. Whether
/// Longhorn has the directory in use cannot be seen.
/// </remarks>
public sealed class ReplicaReader
{
    /// <summary>A purge that runs beside may move names between reading the records and opening the files; then all is read again.</summary>
    private const int Attempts = 20;

    private readonly IReplicaFiles files;
    private readonly ReplicaOptions options;

    private ReplicaReader(IReplicaFiles files, ReplicaOptions options)
    {
        this.files = files;
        this.options = options;
    }

    /// <exception cref="AnkoleException">The directory is no replica, or its live chain is damaged.</exception>
    public static ReplicaReader Open(string directory, ReplicaOptions options)
    {
        var reader = new ReplicaReader(options.OpenFiles(Path.GetFullPath(directory)), options);
        reader.Load();
        return reader;
    }

    public ReplicaInspection Inspect()
    {
        var loaded = LoadQuiet(allowRebuilding: true);
        return ReplicaInspection.Of(files.Directory, loaded, ChecksumFile.FindStale(files, loaded.Tree));
    }

    /// <summary>The volume's present bytes.</summary>
    /// <exception cref="ReplicaInUseException">A process has the replica open.</exception>
    public ChainView OpenHead()
    {
        if (DirectoryLock.TryGetOwner(files.Directory) is { } owner)
            throw new ReplicaInUseException(files.Directory, owner);
        var loaded = Load();
        return ChainViews.Open(files, loaded.LiveChain, loaded.Volume, ChainView.HeadName);
    }

    /// <summary>The volume as it was at a snapshot, of any branch.</summary>
    public ChainView OpenSnapshot(string snapshot)
    {
        for (var attempt = 1; ; attempt++)
        {
            var loaded = Load();
            var disk = Find(loaded, snapshot);
            var view = ChainViews.Open(files, loaded.Tree.ChainOf(disk.Name), loaded.Volume, snapshot);
            // From here on no purge begins to change these files. Were they still the right ones?
            if (IsUnchanged(loaded, snapshot))
                return view;
            view.Close();
            if (attempt == Attempts)
                throw new AnkoleException(ErrorKind.Busy, $"snapshots of '{files.Directory}' are being purged. Try again when that has finished.");
        }
    }

    /// <summary>Hashes the snapshot's own file and compares it with the checksum that Longhorn recorded; null when none is recorded.</summary>
    public Task<ChecksumVerdict?> VerifyChecksumAsync(string snapshot, CancellationToken cancellationToken) =>
        ChecksumFile.VerifyAsync(files, Find(Load(), snapshot), cancellationToken);

    private bool IsUnchanged(LoadedReplica before, string snapshot)
    {
        var now = Load();
        return now.Tree.ChainOf(Find(now, snapshot).Name)
            .Select(disk => (disk.Name, disk.Record.Parent, disk.Data!.Value.Identity))
            .SequenceEqual(before.Tree.ChainOf(Find(before, snapshot).Name).Select(disk => (disk.Name, disk.Record.Parent, disk.Data!.Value.Identity)));
    }

    private LoadedReplica Load() => LoadQuiet(options.AllowRebuilding, loaded => FileSystemCheck.Check(files.Directory, loaded.Volume.Head));

    /// <summary>Read while no disk came, went or was switched: what a snapshot taken meanwhile leaves half read would look like damage.</summary>
    private LoadedReplica LoadQuiet(bool allowRebuilding, Action<LoadedReplica>? check = null)
    {
        for (var attempt = 1; ; attempt++)
        {
            var before = Look();
            try
            {
                var loaded = LoadedReplica.Load(files, allowRebuilding);
                check?.Invoke(loaded);
                if (attempt == Attempts || IsAsBefore(before))
                    return loaded;
            }
            catch (AnkoleException) when (attempt < Attempts && !IsAsBefore(before))
            {
            }
        }
    }

    private (byte[]? Record, List<string> Names) Look() =>
        Directory.Exists(files.Directory) ? (files.TryReadRecord(DiskName.VolumeRecord), [.. files.List().Order(StringComparer.Ordinal)]) : (null, []);

    private bool IsAsBefore((byte[]? Record, List<string> Names) before)
    {
        var now = Look();
        return now.Names.SequenceEqual(before.Names) && now.Record.AsSpan().SequenceEqual(before.Record);
    }

    private Disk Find(LoadedReplica loaded, string snapshot)
    {
        var disk = loaded.Tree.Find(DiskName.OfSnapshot(snapshot))
            ?? throw new AnkoleException(ErrorKind.NotFound, $"replica '{files.Directory}' has no snapshot '{snapshot}'.");
        if (loaded.IsUnborn(disk))
            throw new AnkoleException(
                ErrorKind.NotFound, $"snapshot '{snapshot}' of '{files.Directory}' never came to be: making it was interrupted. What it would show is the head.");
        return disk.Record.Removed && DirectoryLock.TryGetOwner(files.Directory) is not null
            ? throw new AnkoleException(ErrorKind.NotFound, $"snapshot '{snapshot}' of '{files.Directory}' is marked removed.")
            : disk;
    }
}
