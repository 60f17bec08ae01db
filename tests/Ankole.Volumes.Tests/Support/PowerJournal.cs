using Ankole.Core;

namespace Ankole.Volumes.Tests;

/// <summary>
/// Everything that was done to a directory, step by step, so that the directory can be built as a power loss after any step would leave it: what was
/// flushed is there, and of what was not, nothing, everything, or any part, in any combination.
/// </summary>
internal sealed class PowerJournal
{
    private readonly Lock sync = new();
    private readonly List<Step> steps = [];
    private int inodes;

    /// <summary>What must hold if power is lost now; attached to every step.</summary>
    public object? Expectation { get; set; }

    public int Count => steps.Count;

    public int NewInode() => Interlocked.Increment(ref inodes);

    public void Add(Step step)
    {
        lock (sync)
            steps.Add(step with { Expectation = Expectation });
    }

    public object? ExpectationAt(int count) => steps[count - 1].Expectation;

    public bool EndsWithFlush(int count) => steps[count - 1] is NamesFlushed or DataFlushed;

    public string Describe(int count) => string.Join("\n", steps.Take(count).TakeLast(12).Select(step => step.ToString()));

    /// <summary>Builds the directory as it is when power is lost after the first <paramref name="count"/> steps.</summary>
    /// <param name="survives">
    /// Whether a step that was not flushed, by its number from 0, reached the disk; asked for each page of a file that it touches, and with page -1 for
    /// names and lengths.
    /// </param>
    public void Build(int count, Func<int, long, bool> survives, string directory)
    {
        var names = new Dictionary<string, int>(StringComparer.Ordinal);
        var inodeBytes = new Dictionary<int, Inode>();
        var reached = new Reached(steps, count, survives);
        for (var i = 0; i < count; i++)
        {
            switch (steps[i])
            {
                case NamesChanged changed when reached.Wholly(i):
                    foreach (var (name, inode) in changed.Names)
                        if (inode is { } target)
                            names[name] = target;
                        else
                            names.Remove(name);
                    break;
                case Resized resized when reached.Wholly(i):
                    InodeOf(resized.Inode).Length = resized.Length;
                    break;
                case PageStep pages:
                    for (var page = pages.FirstPage; page < pages.EndPage; page++)
                        if (reached.InPage(i, pages.Inode, page))
                            pages.Apply(InodeOf(pages.Inode), page);
                    break;
            }
        }
        foreach (var sharing in names.GroupBy(entry => entry.Value))
        {
            var first = Path.Combine(directory, sharing.First().Key);
            InodeOf(sharing.Key).Store(first);
            foreach (var (name, _) in sharing.Skip(1))
                Ankole.Files.FileNames.Link(first, Path.Combine(directory, name));
        }

        Inode InodeOf(int number)
        {
            if (!inodeBytes.TryGetValue(number, out var file))
                inodeBytes.Add(number, file = new Inode());
            return file;
        }
    }

    /// <summary>
    /// What reached the disk. A step has for certain when a flush of its file, or of the names, came after it. The kernel writes whole pages as they are
    /// at that moment, so a page that a later write brought there brought every earlier change of the same page with it.
    /// </summary>
    private sealed class Reached
    {
        private readonly bool[] wholly;
        private readonly Dictionary<(int Inode, long Page), int> lastOfPage = [];

        public Reached(List<Step> steps, int count, Func<int, long, bool> survives)
        {
            wholly = new bool[count];
            var namesFlushed = false;
            var flushed = new HashSet<int>();
            for (var i = count - 1; i >= 0; i--)
            {
                switch (steps[i])
                {
                    case NamesFlushed:
                        namesFlushed = true;
                        break;
                    case DataFlushed data:
                        flushed.Add(data.Inode);
                        break;
                    case NamesChanged:
                        wholly[i] = namesFlushed || survives(i, -1);
                        break;
                    case Resized resized:
                        wholly[i] = flushed.Contains(resized.Inode) || survives(i, -1);
                        break;
                    case PageStep pages:
                        for (var page = pages.FirstPage; page < pages.EndPage; page++)
                            if (flushed.Contains(pages.Inode) || survives(i, page))
                                lastOfPage.TryAdd((pages.Inode, page), i);
                        break;
                }
            }
        }

        public bool Wholly(int step) => wholly[step];

        public bool InPage(int step, int inode, long page) => lastOfPage.TryGetValue((inode, page), out var last) && step <= last;
    }

    internal abstract record Step
    {
        public object? Expectation { get; init; }
    }

    /// <summary>Names that changed in one step; a null inode is a removed name.</summary>
    internal sealed record NamesChanged(params (string Name, int? Inode)[] Names) : Step
    {
        public override string ToString() => "names " + string.Join(", ", Names.Select(name => $"{name.Name}={name.Inode}"));
    }

    internal sealed record NamesFlushed : Step
    {
        public override string ToString() => "names flushed";
    }

    internal sealed record DataFlushed(int Inode) : Step
    {
        public override string ToString() => $"flushed {Inode}";
    }

    internal sealed record Resized(int Inode, long Length) : Step
    {
        public override string ToString() => $"length {Inode} {Length}";
    }

    /// <summary>A change of the pages of a file from the first up to, not with, the end.</summary>
    internal abstract record PageStep(int Inode, long FirstPage, long EndPage) : Step
    {
        public abstract void Apply(Inode file, long page);
    }

    internal sealed record Written(int Inode, long Offset, byte[] Bytes)
        : PageStep(Inode, Offset / PowerJournal.Inode.Page, (Offset + Bytes.Length + PowerJournal.Inode.Page - 1) / PowerJournal.Inode.Page)
    {
        public override void Apply(Inode file, long page)
        {
            var part = new ByteRange(Offset, Bytes.Length).Intersect(new ByteRange(page * PowerJournal.Inode.Page, PowerJournal.Inode.Page));
            file.Write(part.Offset, Bytes.AsSpan((int)(part.Offset - Offset), (int)part.Length));
        }

        public override string ToString() => $"write {Inode} [{Offset}, {Offset + Bytes.Length})";
    }

    internal sealed record Punched(int Inode, ByteRange Range)
        : PageStep(Inode, Range.Offset / PowerJournal.Inode.Page, Range.End / PowerJournal.Inode.Page)
    {
        public override void Apply(Inode file, long page) => file.Punch(page);

        public override string ToString() => $"punch {Inode} {Range}";
    }

    /// <summary>A sparse file in memory, in pages of 4096 bytes.</summary>
    internal sealed class Inode
    {
        public const int Page = 4096;
        private readonly SortedDictionary<long, byte[]> pages = [];

        public long Length { get; set; }

        /// <param name="offset">The bytes lie in one page.</param>
        public void Write(long offset, ReadOnlySpan<byte> bytes)
        {
            Length = Math.Max(Length, offset + bytes.Length);
            if (!pages.TryGetValue(offset / Page, out var page))
                pages.Add(offset / Page, page = new byte[Page]);
            bytes.CopyTo(page.AsSpan((int)(offset % Page)));
        }

        public void Punch(long page) => pages.Remove(page);

        public void Store(string path)
        {
            using var file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write);
            RandomAccess.SetLength(file, Length);
            foreach (var (page, bytes) in pages.Where(page => page.Key * Page < Length))
                RandomAccess.Write(file, bytes.AsSpan(0, (int)Math.Min(Page, Length - (page * Page))), page * Page);
        }
    }
}
