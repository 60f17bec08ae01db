using Ankole.Core;
using Ankole.Files;

namespace Ankole.Volumes;

/// <summary>
/// One copy of a volume: a directory of differencing files in Longhorn's v1 format (docs/formats-replica.md), open for reading and writing.
/// </summary>
/// <remarks>
/// <para>
/// Reads never wait for anybody: they look up owners in the map and read those files, which stay open as long as somebody reads
/// (<see cref="ReadEpoch"/>). Writes pass two gates, each one atomic instruction: the <em>writers' gate</em>, which a switch of the head closes for a
/// moment, and the gate of their 2 MiB region, which a read-modify-write, a discard or a zeroing closes. Snapshots, reverts, expansions and the
/// steps of a purge come one after the other (<c>maintenance</c>).
/// </para>
/// <para>All members may be called at the same time from several callers.</para>
/// </remarks>
public sealed partial class Replica : IBlockDevice, IReplicaCommands
{
    /// <summary>Longhorn rounds every volume up to this: a backup block and a region of the map.</summary>
    public const int SizeMultiple = 2 << 20;

    private readonly IReplicaFiles files;
    private readonly DirectoryLock ownership;
    private readonly ReplicaOptions options;
    private readonly SemaphoreSlim maintenance = new(1, 1);
    private readonly SharedGate writers = new();
    private readonly SharedGate[] regionGates = [.. Enumerable.Range(0, RegionGates).Select(_ => new SharedGate())];
    private readonly ReadEpoch readers = new();
    private readonly FlushGroup flushes;
    private readonly CancellationTokenSource closing = new();
    private OpenChain chain;
    private VolumeRecord volume;
    private DiskTree tree;
    private IReadOnlyList<ReplicaWarning> openingWarnings;
    private bool isClosed;

    /// <summary>Regions that share a gate wait for each other, rarely; a few hundred gates make it rare enough.</summary>
    private const int RegionGates = 256;

    private Replica(
        IReplicaFiles files, DirectoryLock ownership, ReplicaOptions options, LoadedReplica loaded, OpenChain chain, IReadOnlyList<ReplicaWarning> warnings)
    {
        this.files = files;
        this.ownership = ownership;
        this.options = options;
        this.chain = chain;
        volume = loaded.Volume;
        tree = loaded.Tree;
        openingWarnings = warnings;
        flushes = new FlushGroup(FlushHead);
        UpdatePunchable();
    }

    public string DirectoryPath => files.Directory;

    public long SizeBytes => Volatile.Read(ref chain).SizeBytes;

    public int PreferredBlockSize => BlockMap.BlockSize;

    /// <summary>What was noticed when the directory was opened, some of it repaired since.</summary>
    public IReadOnlyList<ReplicaWarning> OpeningWarnings => openingWarnings;

    /// <summary>Makes a new, empty replica in a directory that is missing or empty.</summary>
    /// <param name="sizeBytes">A multiple of <see cref="SizeMultiple"/>.</param>
    /// <exception cref="AnkoleException">The size is no such multiple, or the directory holds something.</exception>
    public static Task CreateAsync(string directory, long sizeBytes, ReplicaOptions options, CancellationToken cancellationToken)
    {
        CheckSize(sizeBytes);
        cancellationToken.ThrowIfCancellationRequested();
        return Task.Run(() => ReplicaCreation.Create(Path.GetFullPath(directory), sizeBytes, options), CancellationToken.None);
    }

    /// <summary>Opens a replica for reading and writing, after taking away what an interrupted operation left behind.</summary>
    /// <exception cref="ReplicaInUseException">Somebody else has it open.</exception>
    /// <exception cref="AnkoleException">It is no replica, is damaged, or is incomplete; nothing was changed.</exception>
    public static Task<Replica> OpenAsync(string directory, ReplicaOptions options, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return Task.Run(() => Open(Path.GetFullPath(directory), options), CancellationToken.None);
    }

    public ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        ThrowIfClosed();
        cancellationToken.ThrowIfCancellationRequested();
        return flushes.FlushAsync();
    }

    public IAsyncEnumerable<Extent> GetExtentsAsync(ByteRange range, CancellationToken cancellationToken)
    {
        var current = Volatile.Read(ref chain);
        VolumeRange.Check(range.Offset, range.Length, current.SizeBytes);
        return ChainExtents.StoredAsync(current, range, cancellationToken);
    }

    /// <summary>
    /// The runs inside <paramref name="range"/> that changed since a snapshot of the live chain, up to now; null: all that is stored. A superset while
    /// writes go on.
    /// </summary>
    /// <exception cref="AnkoleException"><see cref="ErrorKind.NotFound"/>: the snapshot is not in the live chain.</exception>
    public IAsyncEnumerable<ByteRange> GetChangedExtentsAsync(string? snapshot, ByteRange range, CancellationToken cancellationToken)
    {
        var current = Volatile.Read(ref chain);
        VolumeRange.Check(range.Offset, range.Length, current.SizeBytes);
        if (snapshot is not null && !CanTellChangesSince(snapshot))
            throw new AnkoleException(ErrorKind.NotFound, $"snapshot '{snapshot}' is not in the live chain of '{DirectoryPath}'.");
        return ChainExtents.ChangedAsync(current, range, snapshot, cancellationToken);
    }

    /// <summary>True when the snapshot is in the live chain.</summary>
    public bool CanTellChangesSince(string snapshot) => Volatile.Read(ref chain).Find(DiskName.OfSnapshot(snapshot)) is not null;

    /// <summary>Flushes, marks the directory clean and releases it. A purge under way is stopped first; running it again finishes it.</summary>
    public async Task CloseAsync()
    {
        if (isClosed)
            return;
        await closing.CancelAsync();
        await purgeTurn.WaitAsync();
        await maintenance.WaitAsync();
        try
        {
            if (isClosed)
                return;
            await writers.EnterAloneAsync();
            isClosed = true;
            try
            {
                await flushes.FlushAsync();
                ReplicaSteps.Commit(files, volume with { Dirty = false });
            }
            finally
            {
                writers.ExitAlone();
                await ReleaseAsync();
            }
        }
        finally
        {
            maintenance.Release();
            purgeTurn.Release();
        }
    }

    public async ValueTask DisposeAsync() => await CloseAsync();

    /// <summary>Lets go of everything and writes nothing, as a killed process does.</summary>
    internal async Task AbandonAsync()
    {
        await closing.CancelAsync();
        isClosed = true;
        await ReleaseAsync();
    }

    private static Replica Open(string directory, ReplicaOptions options)
    {
        var files = options.OpenFiles(directory);
        // Nothing is created in a directory that is no replica.
        var loaded = LoadedReplica.Load(files, options.AllowRebuilding);
        var ownership = DirectoryLock.Acquire(directory);
        OpenChain? chain = null;
        try
        {
            loaded = LoadedReplica.Load(files, options.AllowRebuilding);
            var warnings = new List<ReplicaWarning>(loaded.Warnings);
            if (FileSystemCheck.Check(directory, loaded.Volume.Head) is { } warning)
                warnings.Add(warning);
            if (loaded.Volume.Size % BlockMap.BlockSize != 0)
                throw new InvalidInputException(
                    $"replica '{directory}' has {loaded.Volume.Size} bytes, no multiple of 4096: its last bytes cannot be stored. Read it, and copy it to a larger one.");
            using (var backing = BackingFile.TryOpen(loaded.Volume, directory))
            {
                // Refused before anything is changed.
            }
            if (new ReplicaRecovery(files, loaded).Run())
                loaded = LoadedReplica.Load(files, options.AllowRebuilding);
            chain = OpenChain.Open(
                files, loaded.LiveChain, loaded.Volume.Size, writable: true, BackingFile.TryOpen(loaded.Volume, directory));
            chain.LoadMap();
            // Not maintained here, so an old value must not stand (section 24).
            files.Remove(DiskName.RevisionCounter);
            loaded = loaded with { Volume = loaded.Volume with { Dirty = true, Parent = loaded.LiveChain[0].Record.Parent } };
            ReplicaSteps.Commit(files, loaded.Volume);
            return new Replica(files, ownership, options, loaded, chain, warnings);
        }
        catch
        {
            chain?.Dispose();
            ownership.Dispose();
            throw;
        }
    }

    internal static void CheckSize(long sizeBytes)
    {
        if (sizeBytes <= 0 || sizeBytes % SizeMultiple != 0)
            throw new InvalidInputException(
                $"a volume cannot have {sizeBytes} bytes: give a multiple of 2 MiB, for example {ByteRange.RoundUp(Math.Max(sizeBytes, 1), SizeMultiple)}.");
    }

    private void FlushHead()
    {
        var side = readers.Enter();
        try
        {
            Volatile.Read(ref chain).TopFile.Flush();
        }
        finally
        {
            readers.Exit(side);
        }
    }

    private async Task ReleaseAsync()
    {
        await readers.AdvanceAsync();
        chain.Dispose();
        ownership.Dispose();
    }

    private void ThrowIfClosed() => ObjectDisposedException.ThrowIf(isClosed, this);
}
