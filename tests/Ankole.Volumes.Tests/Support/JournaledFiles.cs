using Ankole.Core;
using Ankole.Files;

namespace Ankole.Volumes.Tests;

/// <summary>
/// A replica directory that works as any other and writes down every step in a <see cref="PowerJournal"/>. What a file occupies, which decides how a
/// purge goes about it and differs between file systems, is drawn by chance, so that a seed brings the same steps everywhere.
/// </summary>
internal sealed class JournaledFiles(string directory, PowerJournal journal, Random random) : IReplicaFiles
{
    private readonly ReplicaFiles files = new(directory);
    private readonly Dictionary<string, int> names = new(StringComparer.Ordinal);

    public string Directory => files.Directory;

    public IReadOnlyList<string> List() => files.List();

    public FileFacts? TryGetFacts(string name) => files.TryGetFacts(name) is { } facts
        ? facts with { AllocatedBytes = facts.AllocatedBytes == 0 ? 0 : random.Next(1, 100) * 4096L }
        : null;

    public byte[]? TryReadRecord(string name) => files.TryReadRecord(name);

    public void ReplaceRecord(string name, ReadOnlySpan<byte> content)
    {
        files.ReplaceRecord(name, content);
        var inode = journal.NewInode();
        Change((name + ".tmp", inode));
        journal.Add(new PowerJournal.Written(inode, 0, content.ToArray()));
        journal.Add(new PowerJournal.DataFlushed(inode));
        Change((name, inode), (name + ".tmp", null));
    }

    public DataFile CreateData(string name, long length)
    {
        var file = files.CreateData(name, length);
        var inode = journal.NewInode();
        Change((name, inode));
        journal.Add(new PowerJournal.Resized(inode, length));
        journal.Add(new PowerJournal.DataFlushed(inode));
        return new JournaledFile(file, inode, journal);
    }

    public DataFile OpenData(string name, bool writable) => new JournaledFile(files.OpenData(name, writable), names[name], journal);

    public void Link(string existing, string created)
    {
        files.Link(existing, created);
        Change((created, names[existing]));
    }

    public void ReplaceByLink(string existing, string replaced)
    {
        files.ReplaceByLink(existing, replaced);
        Change((replaced + ".tmp", names[existing]));
        Change((replaced, names[existing]), (replaced + ".tmp", null));
    }

    public bool TryExchange(string first, string second)
    {
        if (!files.TryExchange(first, second))
            return false;
        Change((first, names[second]), (second, names[first]));
        return true;
    }

    public void Remove(string name)
    {
        files.Remove(name);
        if (names.ContainsKey(name))
            Change((name, null));
    }

    public void FlushNames()
    {
        files.FlushNames();
        journal.Add(new PowerJournal.NamesFlushed());
    }

    private void Change(params (string Name, int? Inode)[] changes)
    {
        journal.Add(new PowerJournal.NamesChanged(changes));
        foreach (var (name, inode) in changes)
            if (inode is { } target)
                names[name] = target;
            else
                names.Remove(name);
    }

    private sealed class JournaledFile(DataFile file, int inode, PowerJournal journal) : DataFile
    {
        public override string Path => file.Path;

        public override FileFacts Facts => file.Facts;

        public override long Length => file.Length;

        public override int TryReadCached(long offset, Span<byte> destination) => file.TryReadCached(offset, destination);

        public override void Read(long offset, Span<byte> destination) => file.Read(offset, destination);

        public override ValueTask ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellationToken) =>
            file.ReadAsync(offset, destination, cancellationToken);

        public override void Write(long offset, ReadOnlySpan<byte> source)
        {
            file.Write(offset, source);
            journal.Add(new PowerJournal.Written(inode, offset, source.ToArray()));
        }

        public override void Punch(ByteRange range)
        {
            file.Punch(range);
            journal.Add(new PowerJournal.Punched(inode, range));
        }

        public override void Flush()
        {
            file.Flush();
            journal.Add(new PowerJournal.DataFlushed(inode));
        }

        public override void SetLength(long length)
        {
            file.SetLength(length);
            journal.Add(new PowerJournal.Resized(inode, length));
        }

        public override void RefreshLength() => file.RefreshLength();

        public override void VisitStoredRanges(ByteRange range, Action<ByteRange> visit) => file.VisitStoredRanges(range, visit);

        public override bool TryLockShared() => file.TryLockShared();

        public override bool TryLockExclusive() => file.TryLockExclusive();

        public override void Unlock() => file.Unlock();

        public override void Dispose() => file.Dispose();
    }
}
