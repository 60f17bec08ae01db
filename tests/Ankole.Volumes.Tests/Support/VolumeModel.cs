using Ankole.Core;

namespace Ankole.Volumes.Tests;

/// <summary>What a volume must read as: bytes, and which 512-byte sectors were discarded and so may be anything.</summary>
internal sealed class VolumeModel(long size)
{
    private const int Sector = 512;
    private byte[] bytes = new byte[size];
    private bool[] loose = new bool[size / Sector];

    public long Size => bytes.Length;

    public void Write(long offset, ReadOnlySpan<byte> source)
    {
        source.CopyTo(bytes.AsSpan((int)offset));
        Fix(new ByteRange(offset, source.Length));
    }

    public void Zero(ByteRange range)
    {
        bytes.AsSpan((int)range.Offset, (int)range.Length).Clear();
        Fix(range);
    }

    public void Discard(ByteRange range)
    {
        for (var sector = range.Offset / Sector; sector < (range.End + Sector - 1) / Sector; sector++)
            loose[sector] = true;
    }

    public void Grow(long size)
    {
        Array.Resize(ref bytes, (int)size);
        Array.Resize(ref loose, (int)(size / Sector));
    }

    public void Become(ReadOnlySpan<byte> content)
    {
        bytes = new byte[bytes.Length];
        content.CopyTo(bytes);
        loose = new bool[bytes.Length / Sector];
    }

    /// <summary>The first byte that is wrong, or -1.</summary>
    public long FirstDifference(ReadOnlySpan<byte> read)
    {
        for (var sector = 0; sector < loose.Length; sector++)
        {
            if (loose[sector])
                continue;
            var expected = bytes.AsSpan(sector * Sector, Sector);
            var actual = read.Slice(sector * Sector, Sector);
            if (!expected.SequenceEqual(actual))
                return (sector * Sector) + expected.CommonPrefixLength(actual);
        }
        return -1;
    }

    /// <summary>A sector is known again when all of it was written; parts of a discarded one are not tracked.</summary>
    private void Fix(ByteRange range)
    {
        var whole = range.BlocksInside(Sector);
        for (var sector = whole.Offset / Sector; sector < whole.End / Sector; sector++)
            loose[sector] = false;
    }
}
