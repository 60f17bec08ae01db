namespace Ankole.Files;

/// <summary>
/// Keeps the resident part of all spilled memory small: forty times a second its pages are given back to the kernel, which has them in its cache as long as there
/// is room. What is used again costs a page fault.
/// </summary>
internal static class SpillTrimmer
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(25);
    private static readonly List<WeakReference<MappedFile>> Buffers = [];
    private static readonly Timer Clock = new(static _ => TrimAll());

    public static void Add(MappedFile buffer)
    {
        lock (Buffers)
        {
            if (Buffers.Count == 0)
                Clock.Change(Pause, Pause);
            Buffers.Add(new WeakReference<MappedFile>(buffer));
        }
    }

    private static void TrimAll()
    {
        var live = new List<MappedFile>();
        lock (Buffers)
        {
            Buffers.RemoveAll(entry =>
            {
                if (!entry.TryGetTarget(out var buffer) || buffer.IsClosed)
                    return true;
                live.Add(buffer);
                return false;
            });
            if (Buffers.Count == 0)
                Clock.Change(Timeout.Infinite, Timeout.Infinite);
        }
        live.ForEach(buffer => buffer.Trim());
    }
}
