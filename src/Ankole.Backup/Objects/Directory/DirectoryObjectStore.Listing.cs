using System.IO.Enumeration;
using System.Runtime.CompilerServices;
using Ankole.Core;

namespace Ankole.Backup;

public sealed partial class DirectoryObjectStore
{
    public async IAsyncEnumerable<ObjectEntry> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await ValueTask.CompletedTask;
        Requests.CountList();
        var folders = new Stack<string>();
        folders.Push(prefix.TrimEnd('/'));
        while (folders.TryPop(out var folder))
        {
            foreach (var child in ReadFolder(folder))
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (child.IsFolder)
                    folders.Push(child.Key);
                else if (!FileLayout.IsTemporary(child.Key))
                    yield return new ObjectEntry(child.Key, child.Length, child.LastModified);
                else
                    Remember(child);
            }
        }
    }

    public async IAsyncEnumerable<string> ListFoldersAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await ValueTask.CompletedTask;
        Requests.CountList();
        foreach (var child in ReadFolder(prefix.TrimEnd('/')))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (child.IsFolder)
                yield return child.Key[prefix.Length..];
        }
    }

    /// <summary>One directory's entries without hidden ones. A directory that is certainly not there has none; anything else throws.</summary>
    private List<Child> ReadFolder(string folder)
    {
        var path = PathOf(folder);
        var children = new List<Child>();
        try
        {
            var options = new EnumerationOptions { IgnoreInaccessible = false, AttributesToSkip = 0, RecurseSubdirectories = false };
            var read = new FileSystemEnumerable<Child>(path, ToChild, options)
            {
                ShouldIncludePredicate = (ref FileSystemEntry entry) => !entry.FileName.StartsWith('.'),
            };
            children.AddRange(read);
            return children;

            Child ToChild(ref FileSystemEntry entry)
            {
                var key = folder.Length == 0 ? entry.FileName.ToString() : $"{folder}/{entry.FileName}";
                return entry.IsDirectory
                    ? new Child(key, IsFolder: true, 0, default)
                    : new Child(key, IsFolder: false, entry.Length, entry.LastWriteTimeUtc);
            }
        }
        catch (DirectoryNotFoundException)
        {
            // Absent from the start, or removed by a deletion beside us as it became empty. The root must be there in both cases.
            Root.Require();
            if (NearestExisting(path) is { } file && File.Exists(file))
                throw new ObjectStoreException(ErrorKind.Unavailable, $"backup target '{DisplayName}': cannot list '{folder}/': '{file}' is not a directory.");
            return [];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ObjectStoreException(
                ErrorKind.Unavailable, $"backup target '{DisplayName}': cannot list '{folder}/': {e.Message}", isTransient: false, e);
        }
    }

    private void Remember(Child temporary)
    {
        if (temporary.LastModified < DateTimeOffset.UtcNow - LeftoverAge && leftovers.Count < MaxLeftovers)
            leftovers.Enqueue(PathOf(temporary.Key));
    }

    private string? NearestExisting(string path)
    {
        while (path.Length > root.Length && !Path.Exists(path))
            path = Path.GetDirectoryName(path)!;
        return Path.Exists(path) ? path : null;
    }

    private readonly record struct Child(string Key, bool IsFolder, long Length, DateTimeOffset LastModified);
}
