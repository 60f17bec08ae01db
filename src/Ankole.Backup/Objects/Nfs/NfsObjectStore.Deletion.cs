using System.Collections.Concurrent;
using Ankole.Nfs;

namespace Ankole.Backup;

/// <summary>Deletions: one request a file, several at a time; then the directories that became empty, from below.</summary>
internal sealed partial class NfsObjectStore
{
    private const int DeletesInFlight = 8;

    public async ValueTask DeleteAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken)
    {
        var failures = new DeleteFailures(DisplayName);
        var folders = new ConcurrentDictionary<string, bool>(StringComparer.Ordinal);
        await EachAsync(keys, async (key, token) =>
        {
            if (await TryDeleteAsync(key, failures, token))
                folders.TryAdd(ParentOf(key), true);
        }, cancellationToken);
        await RemoveEmptyFoldersAsync([.. folders.Keys], cancellationToken);
        failures.ThrowIfAny();
    }

    private async ValueTask<bool> TryDeleteAsync(string key, DeleteFailures failures, CancellationToken cancellationToken)
    {
        try
        {
            await AskAsync("delete", key, async client =>
            {
                Requests.CountDelete();
                return await client.RemoveFileAsync(key, cancellationToken);
            }, cancellationToken);
            return true;
        }
        catch (ObjectStoreException e) when (IsAnswer(e))
        {
            failures.Add([key], e);
            return false;
        }
    }

    /// <summary>Upwards level by level, so that many files of one directory cost one attempt at it. Directories that stay harm nobody.</summary>
    private async ValueTask RemoveEmptyFoldersAsync(IReadOnlyCollection<string> folders, CancellationToken cancellationToken)
    {
        for (var level = 0; level < FileLayout.MaxParentsRemoved && folders.Count > 0; level++)
        {
            var parents = new ConcurrentDictionary<string, bool>(StringComparer.Ordinal);
            await EachAsync(folders.Where(IsRemovable), async (folder, token) =>
            {
                if (await TryRemoveFolderAsync(folder, token))
                    parents.TryAdd(ParentOf(folder), true);
            }, cancellationToken);
            folders = [.. parents.Keys];
        }
    }

    private async ValueTask<bool> TryRemoveFolderAsync(string folder, CancellationToken cancellationToken)
    {
        try
        {
            return await AskAsync("delete", folder, async client =>
            {
                try
                {
                    await client.RemoveDirectoryAsync(folder, cancellationToken);
                    return true;
                }
                catch (NfsException e) when (e.Status is NfsStatus.NotEmpty or NfsStatus.Exist)
                {
                    return await TryRemoveLeftoversAsync(client, folder, cancellationToken);
                }
            }, cancellationToken);
        }
        catch (ObjectStoreException e) when (IsAnswer(e))
        {
            return false; // not ours to remove
        }
    }

    /// <summary>The server said so. Where it says nothing any more, the next key would wait as long for nothing.</summary>
    private static bool IsAnswer(ObjectStoreException e) => e.InnerException is NfsException { Status: not NfsStatus.Ok };

    /// <summary>
    /// Removes a directory in which nothing is left but old temporary files of writers that were killed. "Old" is by the server's clock: deleting
    /// has just set the directory's own time.
    /// </summary>
    private static async ValueTask<bool> TryRemoveLeftoversAsync(NfsClient client, string folder, CancellationToken cancellationToken)
    {
        if (await client.StatAsync(folder, cancellationToken) is not { } directory)
            return true;
        var leftovers = new List<string>();
        await foreach (var entry in client.ListAsync(folder, cancellationToken))
        {
            if (!entry.IsRegularFile || !FileLayout.IsTemporary(entry.Name) || entry.LastModified > directory.LastModified - FileLayout.LeftoverAge)
                return false;
            leftovers.Add($"{folder}/{entry.Name}");
        }
        foreach (var leftover in leftovers)
            await client.RemoveFileAsync(leftover, cancellationToken);
        await client.RemoveDirectoryAsync(folder, cancellationToken);
        return true;
    }

    private static Task EachAsync(IEnumerable<string> items, Func<string, CancellationToken, ValueTask> body, CancellationToken cancellationToken) =>
        Parallel.ForEachAsync(items, new ParallelOptions { MaxDegreeOfParallelism = DeletesInFlight, CancellationToken = cancellationToken }, body);

    private static bool IsRemovable(string folder) => folder.Length > 0 && folder[(folder.LastIndexOf('/') + 1)..] != FileLayout.LastKeptFolder;

    private static string ParentOf(string path) => path.LastIndexOf('/') is >= 0 and var slash ? path[..slash] : "";
}
