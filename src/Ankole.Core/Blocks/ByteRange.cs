namespace Ankole.Core;

/// <summary>A half-open run of volume bytes: <c>[Offset, End)</c>.</summary>
public readonly record struct ByteRange(long Offset, long Length)
{
    public long End => checked(Offset + Length);

    public bool IsEmpty => Length <= 0;

    public static ByteRange FromTo(long offset, long end) => new(offset, end - offset);

    /// <summary>The part that both ranges share; empty (length 0) when they do not touch.</summary>
    public ByteRange Intersect(ByteRange other)
    {
        var start = Math.Max(Offset, other.Offset);
        var end = Math.Min(End, other.End);
        return end > start ? FromTo(start, end) : new ByteRange(start, 0);
    }

    /// <summary>The whole blocks that lie inside: the start rounds up, the end rounds down; may be empty.</summary>
    public ByteRange BlocksInside(int blockSize)
    {
        var start = RoundUp(Offset, blockSize);
        var end = RoundDown(End, blockSize);
        return end > start ? FromTo(start, end) : new ByteRange(start, 0);
    }

    /// <summary>The whole blocks that hold any byte of it: the start rounds down, the end rounds up.</summary>
    public ByteRange BlocksCovering(int blockSize) => FromTo(RoundDown(Offset, blockSize), RoundUp(End, blockSize));

    public static long RoundDown(long value, long multiple) => value - (value % multiple);

    public static long RoundUp(long value, long multiple) => checked(value + multiple - 1) / multiple * multiple;

    public override string ToString() => $"[{Offset}, {End})";
}
