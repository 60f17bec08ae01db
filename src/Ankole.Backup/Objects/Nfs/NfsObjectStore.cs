using Ankole.Core;
using Ankole.Nfs;

namespace Ankole.Backup;

/// <summary>
/// A backupstore on an NFSv4.1 server, reached without a mount (<see cref="NfsClient"/>), laid out as Longhorn's nfs driver lays it out
/// (backupstore format, section 2.1). Every put is durable by itself; deadlines, repetition and recovery are the client's.
/// </summary>
/// <remarks>
/// A missing target directory is an error and never an empty store. Symbolic links are not followed; a listing that meets one fails. A deletion is
/// as durable as the server makes it: at once on an export that is <c>sync</c>, and in any case in the order of the calls on a journalling file system.
/// </remarks>
internal sealed partial class NfsObjectStore : IObjectStore
{
    /// <summary>Objects worked on at once. Each may have as many requests under way as the session has slots, so more would only wait, buffers in hand.</summary>
    private const int MaxInFlight = 16;

    /// <summary>How often an operation is begun again that others got in the way of: files replaced, directories removed under it.</summary>
    private const int Attempts = 10;

    /// <summary>Before another attempt, so that writers of one key do not meet again at once; random, and longer with each attempt.</summary>
    private const int PauseMs = 4;

    /// <summary>8 MiB: long enough that the round trip between two windows is small beside the transfer, short enough to hold in memory.</summary>
    private const int WindowBytes = 8 << 20;

    private readonly ObjectStoreOptions options;
    private readonly ByteRateLimit? rateLimit;
    private readonly SemaphoreSlim places;

    private NfsObjectStore(NfsSettings settings, ObjectStoreOptions options)
    {
        this.options = options;
        Settings = settings;
        Connection = new NfsConnection(settings.Client, options.Logger);
        rateLimit = options.LimitBytesPerSecond is { } rate ? new ByteRateLimit(rate, options.Time) : null;
        places = new SemaphoreSlim(Math.Clamp(options.MaxInFlight, 1, MaxInFlight));
        foreach (var note in settings.Notes)
            NfsStoreLog.Note(options.Logger, DisplayName, note);
    }

    public string DisplayName => Settings.DisplayName;

    public RequestCounters Requests { get; } = new();

    public IReadOnlyList<string> Notes => Settings.Notes;

    public bool HasAtomicPutIfAbsent => true;

    internal NfsSettings Settings { get; }

    internal NfsConnection Connection { get; }

    /// <exception cref="InvalidInputException">An option of the URL is refused.</exception>
    public static NfsObjectStore Open(NfsTargetUrl target, ObjectStoreOptions options) => new(NfsSettings.From(target, options), options);

    public ValueTask<ObjectEntry?> StatAsync(string key, CancellationToken cancellationToken) => AskAsync<ObjectEntry?>("look for", key, async client =>
    {
        Requests.CountStat();
        return await client.StatAsync(key, cancellationToken) is { IsDirectory: false } entry ? ObjectOf(key, entry) : null;
    }, cancellationToken);

    public async ValueTask<PooledBytes?> GetAsync(string key, int maxBytes, CancellationToken cancellationToken)
    {
        PooledBytes? bytes = null;
        try
        {
            var isThere = await AskAsync("read", key, async client =>
            {
                var length = await client.ReadFileAsync(key, maxBytes, Rent, cancellationToken);
                Requests.CountGet(length ?? 0);
                return length is not null;
            }, cancellationToken, absent: NfsStatus.IsDir);
            if (!isThere)
            {
                bytes?.Dispose(); // deleted while it was read
                return null;
            }
            if (rateLimit is not null)
                await rateLimit.WaitForObjectAsync(bytes!.Length, cancellationToken);
            return bytes;
        }
        catch
        {
            bytes?.Dispose();
            throw;
        }

        Memory<byte> Rent(int length)
        {
            bytes?.Dispose();
            bytes = PooledBytes.Rent(length);
            return bytes.Memory;
        }
    }

    public async ValueTask<Stream?> OpenReadAsync(string key, CancellationToken cancellationToken)
    {
        var opened = await AskAsync("look for", key, async client => await client.StatAsync(key, cancellationToken), cancellationToken);
        Requests.CountStat();
        return opened is not { IsDirectory: false } entry
            ? null
            : new WindowedReadStream(ObjectOf(key, entry).Length, WindowBytes, (offset, length, token) => ReadWindowAsync(key, entry, offset, length, token));
    }

    public async ValueTask PutAsync(string key, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        if (rateLimit is not null)
            await rateLimit.WaitForObjectAsync(content.Length, cancellationToken);
        await AskAsync("write", key, async client =>
        {
            Requests.CountPut(content.Length);
            await client.WriteFileAsync(key, content, cancellationToken);
            return true;
        }, cancellationToken, again: NfsStatus.NoEnt);
    }

    public async ValueTask<bool> PutIfAbsentAsync(string key, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        if (rateLimit is not null)
            await rateLimit.WaitForObjectAsync(content.Length, cancellationToken);
        return await AskAsync("write", key, async client =>
        {
            Requests.CountPut(content.Length);
            return await client.CreateFileAsync(key, content, cancellationToken);
        }, cancellationToken, again: NfsStatus.NoEnt);
    }

    public async ValueTask DisposeAsync()
    {
        await Connection.DisposeAsync();
        places.Dispose();
    }

    /// <summary>Room on the server's file system.</summary>
    internal ValueTask<NfsSpace> GetSpaceAsync(CancellationToken cancellationToken) =>
        AskAsync("ask for the space of", "", client => client.GetSpaceAsync(cancellationToken), cancellationToken);

    private async ValueTask<PooledBytes> ReadWindowAsync(string key, NfsEntry opened, long offset, int length, CancellationToken cancellationToken)
    {
        if (rateLimit is not null)
            await rateLimit.WaitAsync(length, cancellationToken);
        var bytes = PooledBytes.Rent(length);
        try
        {
            await AskAsync("read", key, async client =>
            {
                Requests.CountGet(length);
                var read = await client.ReadAsync(key, offset, bytes.Memory, cancellationToken);
                // Asked after the read: while the name still means the same file, unchanged, so did the bytes.
                if (read != length || await client.StatAsync(key, cancellationToken) is not { } now || !IsSame(now, opened))
                    throw new ObjectStoreException(ErrorKind.Damaged, $"'{key}' in {DisplayName} was replaced while it was read: read it again.");
                return true;
            }, cancellationToken);
            return bytes;
        }
        catch
        {
            bytes.Dispose();
            throw;
        }
    }

    private static bool IsSame(NfsEntry one, NfsEntry other) =>
        (one.FileId, one.Length, one.LastModified) == (other.FileId, other.Length, other.LastModified);

    /// <summary>Asks within the bounds of the store and gives errors the store's type.</summary>
    /// <param name="absent">An answer that means "there is no such object".</param>
    /// <param name="again">An answer that means "somebody removed a directory under it": worth another attempt.</param>
    private async ValueTask<T> AskAsync<T>(
        string action, string key, Func<NfsClient, ValueTask<T>> ask, CancellationToken cancellationToken,
        NfsStatus absent = NfsStatus.Ok, NfsStatus again = NfsStatus.Ok)
    {
        await places.WaitAsync(cancellationToken);
        try
        {
            for (var attempt = 1; ; attempt++)
            {
                try
                {
                    return await ask(await Connection.GetAsync(cancellationToken));
                }
                catch (NfsException e) when (absent != NfsStatus.Ok && e.Status == absent)
                {
                    return default!;
                }
                catch (NfsException e) when (attempt < Attempts && (MayTryAgain(e) || (again != NfsStatus.Ok && e.Status == again)))
                {
                    Requests.CountRetry();
                    RequestLog.TryingAgain(options.Logger, action, $"'{key}'", DisplayName, attempt, e.Message);
                    await Task.Delay(TimeSpan.FromMilliseconds(Random.Shared.Next(1, PauseMs * attempt)), options.Time, cancellationToken);
                }
                catch (NfsException e)
                {
                    throw new ObjectStoreException(e.Kind, e.Message, e.IsTransient, e);
                }
                catch (NfsProtocolException e)
                {
                    throw new ObjectStoreException(ErrorKind.Unavailable, $"cannot {action} '{key}' in {DisplayName}: {e.Message}.", isTransient: false, e);
                }
            }
        }
        finally
        {
            places.Release();
        }
    }

    /// <summary>Others changed what was being worked on, or the server forgot about it. All that has to do with time, the client has waited for already.</summary>
    private static bool MayTryAgain(NfsException e) => e.IsTransient && e.Status is not
        (NfsStatus.Ok or NfsStatus.NoSpc or NfsStatus.DQuot or NfsStatus.Delay or NfsStatus.Grace or NfsStatus.Io or NfsStatus.ServerFault);

    /// <exception cref="ObjectStoreException">It is neither file nor directory: what it stands for is not known.</exception>
    private ObjectEntry ObjectOf(string key, NfsEntry entry) => entry.IsRegularFile
        ? new ObjectEntry(key, entry.Length, entry.LastModified)
        : throw new ObjectStoreException(
            ErrorKind.Damaged,
            $"'{key}' in {DisplayName} is neither a file nor a directory ({entry.Type}); symbolic links are not followed. Put what it stands for in its place, or mount the export and use file://.");
}
