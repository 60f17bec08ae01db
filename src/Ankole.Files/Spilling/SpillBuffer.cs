using System.Buffers;

namespace Ankole.Files;

/// <summary>
/// Zeroed memory that lies in a nameless file, so that the kernel can write it out and take the pages back: what grows with a volume's size (block lists,
/// records of millions of blocks) is kept here, and the process stays small. Gone when it is disposed or the process ends, however it ends.
/// </summary>
/// <remarks>
/// A span of it does not keep it alive: use it only where the buffer itself is used afterwards (disposed, or <see cref="GC.KeepAlive"/>).
/// </remarks>
public sealed unsafe class SpillBuffer : MemoryManager<byte>
{
    private readonly MappedFile mapped;

    private SpillBuffer(MappedFile mapped)
    {
        this.mapped = mapped;
        SpillTrimmer.Add(mapped);
    }

    /// <summary>Of this many bytes on, a file is worth its making.</summary>
    public const int WorthSpilling = 8 << 20;

    /// <returns>Null when there is no disk to spill to, or no room on it: the caller takes ordinary memory then.</returns>
    public static SpillBuffer? TryCreate(int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(length);
        if (SpillFolder.TryOpenNameless() is not { } file)
            return null;
        using (file)
            return MappedFile.TryMap(file, length) is { } mapped ? new SpillBuffer(mapped) : null;
    }

    public override Span<byte> GetSpan()
    {
        ObjectDisposedException.ThrowIf(mapped.IsClosed, this);
        return new Span<byte>((void*)mapped.DangerousGetHandle(), mapped.Length);
    }

    public override MemoryHandle Pin(int elementIndex = 0) => new((byte*)mapped.DangerousGetHandle() + elementIndex, default, this);

    public override void Unpin()
    {
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            mapped.Dispose();
    }
}
