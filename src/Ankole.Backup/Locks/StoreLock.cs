using Ankole.Core;

namespace Ankole.Backup;

/// <summary>
/// Our lock on a volume (backupstore format, section 8), stricter than Longhorn's where section 22.3 asks for it:
/// a foreign lock that cannot be read counts as held, ages are measured by the store's clock alone, and losing the lock stops the work.
/// </summary>
/// <remarks>
/// Life: <see cref="BeginAsync"/> writes the file; <see cref="ConfirmAsync"/> waits the settling time, decides, marks the file acquired and
/// starts refreshing it; <see cref="DisposeAsync"/> deletes it. Between the first two nothing may be written or deleted. Reading is safe when
/// <see cref="MayReadBeforeConfirmed"/>: at that moment nobody of another type was there, and whoever comes later sees our file and, if
/// ranked before us, still needs its own settling time, which ends after our decision.
/// </remarks>
internal sealed class StoreLock : IAsyncDisposable
{
    private readonly IObjectStore objects;
    private readonly VolumeKeys keys;
    private readonly BackupstoreOptions options;
    private readonly TimeProvider time;
    private readonly GraceTime grace;
    private readonly CancellationTokenSource lost = new();
    private readonly CancellationTokenSource stopRefreshing = new();
    private LockRecord record;
    private long writtenAt;
    private long listedAgainst;
    private bool exists;
    private Task refreshing = Task.CompletedTask;

    private StoreLock(
        IObjectStore objects, VolumeKeys keys, LockRecord record, BackupstoreOptions options, TimeProvider time, CancellationToken cancellationToken)
    {
        this.objects = objects;
        this.keys = keys;
        this.record = record;
        this.options = options;
        this.time = time;
        grace = new GraceTime(options, time, cancellationToken);
    }

    /// <summary>Cancelled when the lock is lost. Work under the lock links it to its own token.</summary>
    public CancellationToken Lost => lost.Token;

    public bool MayReadBeforeConfirmed { get; private set; }

    /// <summary>The end of the operation that holds the lock, releasing it included.</summary>
    public GraceTime Grace => grace;

    /// <summary>
    /// Locks of backups that certainly died on this machine, whose unfinished records are for the next backup or deletion to clean up.
    /// Known after <see cref="ConfirmAsync"/>.
    /// </summary>
    public IReadOnlyList<ForeignLock> LeftByTheDead { get; private set; } = [];

    public string Key => keys.Lock(record.Name);

    /// <summary>How long ago an object was written, by the store's own clock.</summary>
    public TimeSpan AgeOf(DateTimeOffset lastModified) => OwnTime + time.GetElapsedTime(listedAgainst) - lastModified;

    public static async Task<StoreLock> BeginAsync(
        IObjectStore objects, VolumeKeys keys, LockType type, string operation, string backup, BackupstoreOptions options, TimeProvider time,
        CancellationToken cancellationToken)
    {
        var holder = options.Processes.Self with { Operation = operation, Backup = backup };
        var created = new StoreLock(objects, keys, new LockRecord(ObjectName.Generate("lock-"), type, Acquired: false, holder), options, time, cancellationToken);
        try
        {
            await created.WriteAsync(cancellationToken);
            created.MayReadBeforeConfirmed = !(await created.ReadOthersAsync(cancellationToken)).Any(created.Excludes);
            return created;
        }
        catch
        {
            await created.DisposeAsync();
            throw;
        }
    }

    /// <exception cref="VolumeLockedException">A live lock of another type, or of a backup of the same name, comes first; ours is withdrawn.</exception>
    public async Task ConfirmAsync(CancellationToken cancellationToken)
    {
        var settled = options.LockTimings.Settle - time.GetElapsedTime(writtenAt);
        if (settled > TimeSpan.Zero)
            await Task.Delay(settled, time, cancellationToken);
        var others = await ReadOthersAsync(cancellationToken);
        if (others.FirstOrDefault(other => Excludes(other) && other.ComesBefore(record.Acquired, OwnTime, record.Name)) is { } first)
            throw Locked(first);
        var dead = others.Where(IsLeftByTheDead).ToArray();
        LeftByTheDead = [.. dead.Where(other => other.Record!.Holder.Backup.Length > 0)];
        record = record with { Acquired = true };
        await WriteAsync(cancellationToken);
        refreshing = RefreshAsync();
        await RemoveAsync([.. dead.Except(LeftByTheDead).Select(other => other.Key)], cancellationToken);
    }

    /// <summary>
    /// True when a live lock is held for the backup, or by somebody unknown: its record, unfinished a moment ago, may be finished at any moment.
    /// A run that takes its lock after this was asked cannot finish within <see cref="LockTimings.Settle"/>.
    /// </summary>
    public async Task<bool> IsBeingMadeAsync(string backup, CancellationToken cancellationToken) =>
        (await ReadOthersAsync(cancellationToken)).Any(other => IsLive(other) && (other.Record is null || other.Record.Holder.Backup == backup));

    /// <exception cref="LockLostException">The lock may have expired. Called before every step that relies on it.</exception>
    public void EnsureHeld()
    {
        if (lost.IsCancellationRequested || time.GetElapsedTime(writtenAt) > options.LockTimings.Lifetime)
            throw new LockLostException(keys.Volume, objects.DisplayName, options.LockTimings.Lifetime);
    }

    /// <summary>Runs work that stops when the caller cancels or the lock is lost; the latter becomes a <see cref="LockLostException"/>.</summary>
    public async Task<T> GuardAsync<T>(Func<CancellationToken, Task<T>> work, CancellationToken cancellationToken)
    {
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, Lost);
        try
        {
            return await work(both.Token);
        }
        catch (OperationCanceledException) when (lost.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new LockLostException(keys.Volume, objects.DisplayName, options.LockTimings.Lifetime);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await stopRefreshing.CancelAsync();
        await refreshing;
        grace.BeginTidyingUp();
        if (exists)
            await ReleaseAsync();
        grace.Dispose();
        lost.Dispose();
        stopRefreshing.Dispose();
    }

    private DateTimeOffset OwnTime { get; set; }

    private async Task ReleaseAsync()
    {
        try
        {
            await RemoveAsync([Key], grace.Token);
        }
        catch (OperationCanceledException)
        {
            // The store does not answer; the file expires by itself.
        }
    }

    private async Task RemoveAsync(string[] locks, CancellationToken cancellationToken)
    {
        try
        {
            if (locks.Length > 0)
                await objects.DeleteAsync(locks, cancellationToken);
        }
        catch (ObjectStoreException)
        {
            // The store is out of reach: the files stay and expire by themselves, which is what expiry is for.
        }
    }

    private async Task WriteAsync(CancellationToken cancellationToken)
    {
        using var text = record.Write();
        exists = true;
        await objects.PutAsync(Key, text.Written, cancellationToken);
        writtenAt = time.GetTimestamp();
    }

    private async Task RefreshAsync()
    {
        var wait = options.LockTimings.Refresh;
        while (true)
        {
            try
            {
                await Task.Delay(wait, time, stopRefreshing.Token);
                await WriteAsync(stopRefreshing.Token);
                wait = options.LockTimings.Refresh;
            }
            catch (OperationCanceledException) when (stopRefreshing.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e) when (e is ObjectStoreException or OperationCanceledException)
            {
                wait = options.LockTimings.RetryRefresh;
                if (time.GetElapsedTime(writtenAt) <= options.LockTimings.Lifetime)
                    continue;
                await lost.CancelAsync();
                return;
            }
        }
    }

    /// <summary>Every other lock of the volume. The listing must show our own, else it is not to be believed.</summary>
    private async Task<List<ForeignLock>> ReadOthersAsync(CancellationToken cancellationToken)
    {
        var entries = new List<ObjectEntry>();
        await foreach (var entry in objects.ListAsync(keys.LocksFolder, cancellationToken))
            if (entry.Key.EndsWith(StoreKeys.LockSuffix, StringComparison.Ordinal))
                entries.Add(entry);
        var own = entries.FindIndex(entry => entry.Key == Key);
        if (own < 0)
            throw new ObjectStoreException(ErrorKind.Unavailable,
                $"backup target '{objects.DisplayName}' does not list the lock '{Key}' that was just written: its listings cannot be trusted, so nothing was done.");
        OwnTime = entries[own].LastModified;
        listedAgainst = writtenAt;
        var storeNow = OwnTime + time.GetElapsedTime(listedAgainst);

        var others = new List<ForeignLock>();
        foreach (var entry in entries.Where(entry => entry.Key != Key))
            if (await ReadAsync(entry, storeNow - entry.LastModified, cancellationToken) is { } other)
                others.Add(other);
        return others;
    }

    private async Task<ForeignLock?> ReadAsync(ObjectEntry entry, TimeSpan age, CancellationToken cancellationToken)
    {
        var name = entry.Key[keys.LocksFolder.Length..^StoreKeys.LockSuffix.Length];
        LockRecord? parsed = null;
        try
        {
            using var text = await objects.GetAsync(entry.Key, 1 << 16, cancellationToken);
            if (text is null)
                return null;
            parsed = LockRecord.Parse(text.Span, entry.Key);
        }
        catch (Exception e) when (e is RecordDamagedException or ObjectStoreException)
        {
            // Unreadable: held, until its age says otherwise.
        }
        return new ForeignLock(name, entry.Key, parsed, entry.LastModified, age);
    }

    private bool IsLive(ForeignLock other) => other.Age <= options.LockTimings.Lifetime && !IsLeftByTheDead(other);

    private bool IsLeftByTheDead(ForeignLock other) => other.Record is { } held && options.Processes.IsGone(held.Holder);

    private bool Excludes(ForeignLock other) => IsLive(other) && (other.Record?.Type != record.Type || IsOfSameBackup(other));

    /// <summary>Two runs of one name would both report success, and one of them for the other's bytes.</summary>
    private bool IsOfSameBackup(ForeignLock other) => record.Holder.Backup.Length > 0 && other.Record?.Holder.Backup == record.Holder.Backup;

    private VolumeLockedException Locked(ForeignLock other)
    {
        var what = other.Record switch
        {
            null => "an operation unknown here (its lock file cannot be read, which counts as held)",
            { Type: LockType.Deletion } => "a deletion",
            { Holder.Operation: "restore" } => "a restore",
            { Holder.Operation: "backup" } => $"the backup '{other.Record.Holder.Backup}'",
            { Type: LockType.BackupOrRestore } => "a backup or a restore",
            _ => $"an operation of unknown type {(int)other.Record.Type}",
        };
        var holder = other.Record?.Holder is { Pid: > 0 } known ? $" by process {known.Pid} on host '{known.Host}'" : "";
        var left = Math.Max(1, (options.LockTimings.Lifetime - other.Age).TotalSeconds);
        return new VolumeLockedException(
            $"volume '{keys.Volume}' in backup target '{objects.DisplayName}' is locked for {what}{holder} (lock '{other.Name}'), so this " +
            $"{record.Holder.Operation} cannot start. Try again when that is done; if its holder is gone, the lock expires in {left:0} s.");
    }
}
