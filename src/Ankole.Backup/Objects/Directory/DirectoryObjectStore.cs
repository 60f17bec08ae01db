using Ankole.Core;
using Ankole.Files;
using Microsoft.Win32.SafeHandles;

namespace Ankole.Backup;

/// <summary>
/// A backupstore in a local or mounted directory, laid out as Longhorn's vfs, nfs and cifs drivers lay it out (backupstore format, section 2.1):
/// directories 0700, files 0666 less umask, temporary files beside their target, empty parents removed upwards.
/// </summary>
/// <remarks>
/// Durability, where upstream has none: a file is flushed before it gets its name, its directory after. A directory that cannot be read is an
/// error and never an empty listing; so is a missing root, which is most often a mount that is not there. A listing counts as one request.
/// </remarks>
public sealed partial class DirectoryObjectStore : IObjectStore
{
    /// <summary>A deletion beside us may remove an empty directory between our making it and our using it; so often that is not bad luck.</summary>
    private const int CreateAttempts = 5;

    /// <summary>From so many directories on, one flush of the file system is cheaper than one per directory.</summary>
    internal const int FoldersWorthOneFlush = 32;

    /// <summary>What a stream that is not paced reads ahead.</summary>
    private const int ReadAheadBytes = 1 << 20;

    private readonly string root;
    private readonly Lazy<DirectoryRoot> opened;
    private readonly ByteRateLimit? rateLimit;

    /// <param name="root">The target's own directory; <c>backupstore/</c> is below it.</param>
    /// <param name="displayName">The target's URL as the user wrote it.</param>
    /// <param name="options">Only its rate limit means something here, because the directory may be a mount of something slow, and whether it is made.</param>
    public DirectoryObjectStore(string root, string displayName, ObjectStoreOptions? options = null)
    {
        rateLimit = options?.LimitBytesPerSecond is { } rate ? new ByteRateLimit(rate, options.Time) : null;
        this.root = Path.TrimEndingDirectorySeparator(Path.GetFullPath(root));
        DisplayName = displayName;
        opened = new Lazy<DirectoryRoot>(() => new DirectoryRoot(this.root, DisplayName, Mounts, options?.MayCreateDirectory ?? true));
    }

    public string DisplayName { get; }

    /// <summary>The target directory.</summary>
    internal DirectoryRoot Root => opened.Value;

    /// <summary>For tests: what is mounted and what should be.</summary>
    internal MountTable Mounts { get; init; } = MountTable.System;

    public RequestCounters Requests { get; } = new();

    public bool HasAtomicPutIfAbsent => true;

    public ValueTask<ObjectEntry?> StatAsync(string key, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Requests.CountStat();
        var info = new FileInfo(PathOf(key));
        try
        {
            // Exists swallows "could not ask"; the attributes throw it.
            _ = info.Attributes;
            if (info.Exists)
                return ValueTask.FromResult<ObjectEntry?>(new ObjectEntry(key, info.Length, info.LastWriteTimeUtc));
        }
        catch (Exception e) when (!IsAbsent(e) && e is IOException or UnauthorizedAccessException)
        {
            throw CannotRead(key, e);
        }
        catch (IOException)
        {
            // Absent, then: the root decides whether that can be believed.
        }
        Root.Require();
        return ValueTask.FromResult<ObjectEntry?>(null);
    }

    public async ValueTask<PooledBytes?> GetAsync(string key, int maxBytes, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        using var file = OpenOrNull(key);
        if (file is null)
        {
            Requests.CountGet(0);
            return null;
        }
        try
        {
            var length = RandomAccess.GetLength(file);
            Requests.CountGet(length);
            if (length > maxBytes)
                throw ObjectStoreException.TooLong(key, length, maxBytes);
            await PaceAsync(length, cancellationToken);
            var bytes = PooledBytes.Rent((int)length);
            try
            {
                await FillAsync(file, bytes.Memory, key, cancellationToken);
                return bytes;
            }
            catch
            {
                bytes.Dispose();
                throw;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw CannotRead(key, e);
        }
    }

    public ValueTask<Stream?> OpenReadAsync(string key, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var file = OpenOrNull(key);
        Requests.CountGet(file is null ? 0 : RandomAccess.GetLength(file));
        return ValueTask.FromResult<Stream?>(
            file is null ? null
            : rateLimit is null ? new FileStream(file, FileAccess.Read, bufferSize: ReadAheadBytes)
            : new PacedFileStream(file, rateLimit));
    }

    public async ValueTask PutAsync(string key, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        Requests.CountPut(content.Length);
        await PaceAsync(content.Length, cancellationToken);
        await WithFolderAsync(key, async path =>
        {
            await DurableFile.ReplaceAsync(path, content, cancellationToken);
            return true;
        });
    }

    public async ValueTask<bool> PutIfAbsentAsync(string key, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        Requests.CountPut(content.Length);
        await PaceAsync(content.Length, cancellationToken);
        return await WithFolderAsync(key, path => DurableFile.CreateNewAsync(path, content, cancellationToken));
    }

    public IPutBatch CreateBatch() => new DirectoryPutBatch(this);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    /// <summary>Waits until so many bytes may go.</summary>
    internal async ValueTask PaceAsync(long bytes, CancellationToken cancellationToken)
    {
        if (rateLimit is not null)
            await rateLimit.WaitForObjectAsync(bytes, cancellationToken);
    }

    internal string PathOf(string key) => Path.Join(root, key);

    private void CreateFolderOf(string path)
    {
        Root.RequireOrCreate();
        DurableDirectory.Create(Path.GetDirectoryName(path)!);
    }

    internal ObjectStoreException CannotWrite(string key, Exception cause)
    {
        try
        {
            // A file that vanishes while it is written is most often a file system that was unmounted under it.
            Root.CheckUsable();
        }
        catch (ObjectStoreException gone)
        {
            return gone;
        }
        return new ObjectStoreException(
            cause is AnkoleException known ? known.Kind : ErrorKind.Unavailable,
            $"backup target '{DisplayName}': cannot write '{key}': {cause.Message}", isTransient: false, cause);
    }

    private async ValueTask<bool> WithFolderAsync(string key, Func<string, ValueTask<bool>> write)
    {
        var path = PathOf(key);
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                CreateFolderOf(path);
                return await write(path);
            }
            catch (Exception e) when (IsFolderGone(e, path) && attempt < CreateAttempts)
            {
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or AnkoleException and not ObjectStoreException)
            {
                throw CannotWrite(key, e);
            }
        }
    }

    private static bool IsFolderGone(Exception e, string path) =>
        e is not ObjectStoreException
        && (e is DirectoryNotFoundException || e.InnerException is DirectoryNotFoundException || e is AnkoleException { Kind: ErrorKind.NotFound })
        && !Directory.Exists(Path.GetDirectoryName(path));

    private SafeFileHandle? OpenOrNull(string key)
    {
        var path = PathOf(key);
        try
        {
            return File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, FileOptions.SequentialScan);
        }
        catch (Exception e) when (IsAbsent(e) || Directory.Exists(path))
        {
            Root.Require();
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw CannotRead(key, e);
        }
    }

    private static async ValueTask FillAsync(
        SafeFileHandle file, Memory<byte> destination, string key, CancellationToken cancellationToken)
    {
        for (var offset = 0; offset < destination.Length;)
        {
            var read = await RandomAccess.ReadAsync(file, destination[offset..], offset, cancellationToken);
            if (read == 0)
                throw new ObjectStoreException(ErrorKind.Damaged, $"'{key}' ended at byte {offset} of {destination.Length} while it was read.");
            offset += read;
        }
    }

    private static bool IsAbsent(Exception e) => e is FileNotFoundException or DirectoryNotFoundException;

    private ObjectStoreException CannotRead(string key, Exception cause) =>
        new(ErrorKind.Unavailable, $"backup target '{DisplayName}': cannot read '{key}': {cause.Message}", isTransient: false, cause);
}
