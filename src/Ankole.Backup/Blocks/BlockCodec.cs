using System.IO.Compression;

namespace Ankole.Backup;

/// <summary>Turns blocks into the bytes of a block file and back (backupstore format, section 6.3).</summary>
internal static class BlockCodec
{
    /// <summary>Upstream's gzip level, zlib's default 6.</summary>
    private const System.IO.Compression.CompressionLevel GzipLevel = System.IO.Compression.CompressionLevel.Optimal;

    /// <summary>Room for any method; deflate's own bound is 5 bytes per 16 KiB and the gzip frame.</summary>
    public static int MaxPackedLength(int blockSize) => Lz4Frame.MaxEncodedLength(blockSize) + (blockSize / 1024) + 256;

    /// <summary>The stored form of a whole block: the block itself for <see cref="CompressionMethod.None"/>, otherwise a part of <paramref name="scratch"/>.</summary>
    /// <param name="scratch">At least <see cref="MaxPackedLength"/> bytes.</param>
    public static ReadOnlyMemory<byte> Pack(CompressionMethod method, ReadOnlyMemory<byte> block, Memory<byte> scratch) => method switch
    {
        CompressionMethod.None => block,
        CompressionMethod.Lz4 => scratch[..Lz4Frame.Encode(block.Span, scratch.Span)],
        _ => scratch[..PackGzip(block.Span, scratch)],
    };

    /// <summary>Fills <paramref name="destination"/> from the start. The caller proves the content by its own checksum.</summary>
    /// <returns>How many bytes the stored form holds.</returns>
    /// <exception cref="BlockFormatException">It is not of this method, is damaged, or holds more than the destination.</exception>
    public static int Unpack(CompressionMethod method, ReadOnlyMemory<byte> stored, Span<byte> destination)
    {
        switch (method)
        {
            case CompressionMethod.None:
                if (stored.Length > destination.Length)
                    throw Lz4Frame.TooLong(destination.Length);
                stored.Span.CopyTo(destination);
                return stored.Length;
            case CompressionMethod.Lz4:
                return Lz4Frame.Decode(stored.Span, destination, checkContent: false);
            default:
                return UnpackGzip(stored, destination);
        }
    }

    private static int PackGzip(ReadOnlySpan<byte> block, Memory<byte> scratch)
    {
        var room = ToArraySegment(scratch);
        using var target = new MemoryStream(room.Array!, room.Offset, room.Count);
        using (var gzip = new GZipStream(target, GzipLevel, leaveOpen: true))
            gzip.Write(block);
        return (int)target.Position;
    }

    private static int UnpackGzip(ReadOnlyMemory<byte> stored, Span<byte> destination)
    {
        if (stored.Length < 2 || stored.Span[0] != 0x1f || stored.Span[1] != 0x8b)
            throw new BlockFormatException("has no gzip header");
        var segment = ToArraySegment(stored);
        using var source = new MemoryStream(segment.Array!, segment.Offset, segment.Count, writable: false);
        using var gzip = new GZipStream(source, CompressionMode.Decompress);
        try
        {
            var written = gzip.ReadAtLeast(destination, destination.Length, throwOnEndOfStream: false);
            return written < destination.Length || gzip.ReadByte() < 0 ? written : throw Lz4Frame.TooLong(destination.Length);
        }
        catch (InvalidDataException e)
        {
            throw new BlockFormatException($"is no whole gzip stream ({e.Message.TrimEnd('.')})");
        }
    }

    private static ArraySegment<byte> ToArraySegment(ReadOnlyMemory<byte> memory) =>
        System.Runtime.InteropServices.MemoryMarshal.TryGetArray(memory, out var segment)
            ? segment
            : throw new ArgumentException("stored blocks are read into arrays", nameof(memory));
}
