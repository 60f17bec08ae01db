using System.Collections.Concurrent;
using Ankole.Core;
using Ankole.Files;

namespace Ankole.Backup;

public sealed partial class DirectoryObjectStore
{
    /// <summary>A temporary file that nobody has written to for so long belongs to nobody: writing one takes seconds.</summary>
    private static readonly TimeSpan LeftoverAge = TimeSpan.FromHours(1);

    private const int MaxLeftovers = 10_000;

    /// <summary>Such files that listings came across; the next deletion removes them too.</summary>
    private readonly ConcurrentQueue<string> leftovers = new();

    public ValueTask DeleteAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken)
    {
        var folders = new HashSet<string>(StringComparer.Ordinal);
        var failures = new List<string>();
        Requests.CountDelete();
        Root.Require();
        foreach (var key in keys)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var path = PathOf(key);
            try
            {
                File.Delete(path);
                folders.Add(Path.GetDirectoryName(path)!);
            }
            catch (DirectoryNotFoundException)
            {
                Root.Require();
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                failures.Add($"'{key}': {e.Message}");
            }
        }
        RemoveLeftovers();
        FlushRemovals(folders);
        if (failures.Count > 0)
            throw new ObjectStoreException(ErrorKind.Unavailable,
                $"backup target '{DisplayName}': could not delete {failures.Count} of {keys.Count} objects: {string.Join("; ", failures.Take(10))}");
        return ValueTask.CompletedTask;
    }

    private void RemoveLeftovers()
    {
        while (leftovers.TryDequeue(out var path))
        {
            try
            {
                File.Delete(path);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // Another's file, or gone with its directory: it harms nobody, and nobody asked for its removal.
            }
        }
    }

    /// <summary>Removes directories that became empty, then makes the removal of every name durable in the directory that held it.</summary>
    private void FlushRemovals(HashSet<string> folders)
    {
        var survivors = new HashSet<string>(StringComparer.Ordinal);
        foreach (var folder in folders)
            survivors.Add(RemoveEmptyParents(folder));
        if (survivors.Count >= FoldersWorthOneFlush)
        {
            DurableDirectory.FlushFileSystem(Root.Path);
            return;
        }
        foreach (var survivor in survivors)
        {
            try
            {
                DurableDirectory.Flush(survivor);
            }
            catch (FileOperationException e) when (e.Kind == ErrorKind.NotFound)
            {
                // It became empty after a later folder of the same call; its own parent is among the survivors.
            }
        }
    }

    /// <returns>The nearest directory that stays.</returns>
    private string RemoveEmptyParents(string folder)
    {
        for (var removed = 0; removed < FileLayout.MaxParentsRemoved; removed++)
        {
            if (folder.Length <= root.Length || Path.GetFileName(folder) == FileLayout.LastKeptFolder)
                break;
            try
            {
                Directory.Delete(folder);
            }
            catch (DirectoryNotFoundException)
            {
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // Not empty, or not ours to remove: it stays, which harms nobody.
                if (!TryRemoveLeftovers(folder))
                    break;
            }
            folder = Path.GetDirectoryName(folder)!;
        }
        return folder;
    }

    /// <summary>Removes a directory in which nothing is left but old temporary files of writers that were killed.</summary>
    private static bool TryRemoveLeftovers(string folder)
    {
        try
        {
            var old = DateTime.UtcNow - FileLayout.LeftoverAge;
            foreach (var file in new DirectoryInfo(folder).EnumerateFiles("*", SearchOption.AllDirectories))
                if (!FileLayout.IsTemporary(file.Name) || file.LastWriteTimeUtc > old)
                    return false;
            Directory.Delete(folder, recursive: true);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
