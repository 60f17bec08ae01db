using System.Runtime.CompilerServices;
using Ankole.Nfs;

namespace Ankole.Backup;

/// <summary>Listings: one READDIR a directory (more for thousands of entries), several directories at a time. Each directory counts as one request.</summary>
internal sealed partial class NfsObjectStore
{
    /// <summary>Directories read at once. More gains nothing: eight keep a server on the same network busy.</summary>
    private const int FoldersInFlight = 8;

    public async IAsyncEnumerable<ObjectEntry> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var waiting = new Stack<string>([prefix.TrimEnd('/')]);
        var reading = new List<Task<Folder>>();
        try
        {
            while (waiting.Count > 0 || reading.Count > 0)
            {
                while (reading.Count < FoldersInFlight && waiting.TryPop(out var next))
                    reading.Add(ReadFolderAsync(next, stop.Token));
                var read = await Task.WhenAny(reading);
                reading.Remove(read);
                var folder = await read;
                foreach (var entry in folder.Entries)
                {
                    var key = folder.KeyOf(entry);
                    if (entry.IsDirectory)
                        waiting.Push(key);
                    else if (!FileLayout.IsTemporary(key))
                        yield return ObjectOf(key, entry);
                }
            }
        }
        finally
        {
            await stop.CancelAsync();
            await ((Task)Task.WhenAll(reading)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    public async IAsyncEnumerable<string> ListFoldersAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var folder = await ReadFolderAsync(prefix.TrimEnd('/'), cancellationToken);
        foreach (var entry in folder.Entries.Where(entry => entry.IsDirectory))
            yield return entry.Name;
    }

    /// <summary>One directory's entries without hidden ones. A directory that is certainly not there has none; anything else throws.</summary>
    private async Task<Folder> ReadFolderAsync(string path, CancellationToken cancellationToken)
    {
        var entries = await AskAsync("list", path + "/", async client =>
        {
            Requests.CountList();
            var found = new List<NfsEntry>();
            try
            {
                await foreach (var entry in client.ListAsync(path, cancellationToken))
                    if (!entry.Name.StartsWith('.'))
                        found.Add(entry);
            }
            catch (NfsException e) when (e.Status == NfsStatus.NoEnt)
            {
                // It may be the target itself that is not there, which does not mean that there are no objects.
                await client.FindExportAgainAsync(cancellationToken);
                return [];
            }
            return found;
        }, cancellationToken);
        return new Folder(path, entries);
    }

    private readonly record struct Folder(string Path, List<NfsEntry> Entries)
    {
        public string KeyOf(NfsEntry entry) => Path.Length == 0 ? entry.Name : $"{Path}/{entry.Name}";
    }
}
