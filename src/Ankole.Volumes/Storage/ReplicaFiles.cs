using Ankole.Core;
using Ankole.Files;

namespace Ankole.Volumes;

/// <summary>A replica directory on a real file system.</summary>
internal sealed class ReplicaFiles(string directory) : IReplicaFiles
{
    /// <summary>Longhorn's own suffix for a record that is being written, so that its clean-up rules cover ours too.</summary>
    private const string Temporary = ".tmp";

    public string Directory { get; } = System.IO.Path.GetFullPath(directory);

    public IReadOnlyList<string> List()
    {
        var names = System.IO.Directory.EnumerateFileSystemEntries(Directory).Select(path => System.IO.Path.GetFileName(path)).ToList();
        names.Sort(StringComparer.Ordinal);
        return names;
    }

    public FileFacts? TryGetFacts(string name) => FileFacts.TryGet(PathOf(name));

    public byte[]? TryReadRecord(string name)
    {
        if (FileFacts.TryGet(PathOf(name)) is not { } facts)
            return null;
        if (facts.Length > MetaReader.MaxBytes)
            throw new AnkoleException(ErrorKind.Damaged, $"'{PathOf(name)}' has {facts.Length} bytes: too many for a record.");
        var content = new byte[facts.Length];
        using var file = FileNames.Open(PathOf(name), writable: false);
        var read = PositionedIo.Read(file, PathOf(name), 0, content);
        return content[..read];
    }

    public void ReplaceRecord(string name, ReadOnlySpan<byte> content)
    {
        var temporary = PathOf(name) + Temporary;
        FileNames.Remove(temporary);
        using (var file = FileNames.Create(temporary))
        {
            PositionedIo.Write(file, temporary, 0, content);
            RandomAccess.FlushToDisk(file);
        }
        FileNames.Rename(temporary, PathOf(name));
    }

    public DataFile CreateData(string name, long length)
    {
        var handle = FileNames.Create(PathOf(name));
        try
        {
            RandomAccess.SetLength(handle, length);
            RandomAccess.FlushToDisk(handle);
            return new StoredDataFile(handle, PathOf(name));
        }
        catch (Exception e)
        {
            handle.Dispose();
            Remove(name);
            if (e is IOException or ArgumentException)
                throw new AnkoleException(ErrorKind.Unavailable, $"cannot make '{PathOf(name)}' {length} bytes long: {e.Message}", e);
            throw;
        }
    }

    public DataFile OpenData(string name, bool writable) => new StoredDataFile(FileNames.Open(PathOf(name), writable), PathOf(name));

    public void Link(string existing, string created) => FileNames.Link(PathOf(existing), PathOf(created));

    public void ReplaceByLink(string existing, string replaced)
    {
        var temporary = PathOf(replaced) + Temporary;
        FileNames.Remove(temporary);
        FileNames.Link(PathOf(existing), temporary);
        FileNames.Rename(temporary, PathOf(replaced));
        // Renaming one name of a file over another of its names does nothing at all.
        FileNames.Remove(temporary);
    }

    public bool TryExchange(string first, string second) => FileNames.TryExchange(PathOf(first), PathOf(second));

    public void Remove(string name) => FileNames.Remove(PathOf(name));

    public void FlushNames() => DurableDirectory.Flush(Directory);

    private string PathOf(string name) => System.IO.Path.Combine(Directory, name);
}
