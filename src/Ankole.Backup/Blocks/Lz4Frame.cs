using System.Buffers.Binary;
using System.IO.Hashing;
using K4os.Compression.LZ4;

namespace Ankole.Backup;

/// <summary>
/// LZ4 frames (LZ4 Frame Format Description 1.6.2) around K4os' block coder. What we write is what Longhorn writes (backupstore format, section 6.3):
/// <code>
/// 04 22 4d 18   magic
/// 64 70 b9      version 1, independent blocks, content checksum; blocks of up to 4 MiB; header checksum
/// per block     length (top bit set: stored as it is), bytes
/// 00 00 00 00   end mark
/// xx xx xx xx   xxHash-32 of the content
/// </code>
/// What we read is every frame: any maximum, linked blocks, block checksums, content size, legacy frames, several frames in a row.
/// </summary>
internal static class Lz4Frame
{
    private const uint Magic = 0x184D2204, LegacyMagic = 0x184C2102;
    private const uint SkippableMagic = 0x184D2A50, SkippableMask = 0xFFFFFFF0;
    private const uint StoredBit = 0x80000000;
    private const int MaxBlock = 4 << 20, LegacyBlock = 8 << 20, HeaderLength = 7, WindowBytes = 64 << 10;

    /// <summary>The largest frame that <see cref="Encode"/> makes of so many bytes.</summary>
    public static int MaxEncodedLength(int length) => HeaderLength + (4 * ((length + MaxBlock - 1) / MaxBlock)) + length + 8;

    /// <param name="destination">At least <see cref="MaxEncodedLength"/> long.</param>
    /// <returns>The frame's length.</returns>
    public static int Encode(ReadOnlySpan<byte> content, Span<byte> destination)
    {
        ReadOnlySpan<byte> header = [0x04, 0x22, 0x4d, 0x18, 0x64, 0x70, 0xb9];
        header.CopyTo(destination);
        var at = HeaderLength;
        for (var rest = content; !rest.IsEmpty;)
        {
            var block = rest[..Math.Min(MaxBlock, rest.Length)];
            var packed = destination.Slice(at + 4, block.Length);
            // One byte less than the block: what does not get smaller is stored as it is.
            var length = LZ4Codec.Encode(block, packed[..^1], LZ4Level.L00_FAST);
            if (length <= 0)
                block.CopyTo(packed);
            BinaryPrimitives.WriteUInt32LittleEndian(destination[at..], length > 0 ? (uint)length : (uint)block.Length | StoredBit);
            at += 4 + (length > 0 ? length : block.Length);
            rest = rest[block.Length..];
        }
        BinaryPrimitives.WriteUInt32LittleEndian(destination[at..], 0);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[(at + 4)..], XxHash32.HashToUInt32(content));
        return at + 8;
    }

    public static bool HasMagic(ReadOnlySpan<byte> frame) =>
        frame.Length >= 4 && BinaryPrimitives.ReadUInt32LittleEndian(frame) is Magic or LegacyMagic;

    /// <summary>Unpacks every frame into <paramref name="destination"/>.</summary>
    /// <param name="checkContent">False for a caller who proves the content by a stronger checksum anyway: xxHash-32 would be an eighth more work.</param>
    /// <returns>How many bytes came out.</returns>
    /// <exception cref="BlockFormatException">The bytes are no whole frames, or hold more than the destination.</exception>
    public static int Decode(ReadOnlySpan<byte> source, Span<byte> destination, bool checkContent)
    {
        var input = new Input(source);
        var written = 0;
        while (!input.IsEmpty)
        {
            var magic = input.ReadUInt32("a frame's magic number");
            if (magic == Magic)
                written += DecodeFrame(ref input, destination, written, checkContent);
            else if (magic == LegacyMagic)
                written += DecodeLegacyFrame(ref input, destination, written);
            else if ((magic & SkippableMask) == SkippableMagic)
                input.Read(input.ReadUInt32("a skippable frame's length"), "a skippable frame");
            else
                throw new BlockFormatException($"is no LZ4 frame: the magic number at byte {input.Position - 4} is 0x{magic:x8}");
        }
        return written;
    }

    private static int DecodeFrame(ref Input input, Span<byte> destination, int start, bool checkContent)
    {
        var header = FrameHeader.Read(ref input);
        var written = start;
        while (true)
        {
            var word = input.ReadUInt32("a block's length");
            if (word == 0)
                break;
            var at = input.Position;
            var data = input.Read(word & ~StoredBit, "a block");
            if (header.HasBlockChecksums && input.ReadUInt32("a block's checksum") != XxHash32.HashToUInt32(data))
                throw new BlockFormatException($"has an LZ4 block at byte {at} that does not match its own checksum");
            var room = destination[written..];
            if ((word & StoredBit) != 0)
            {
                if (data.Length > room.Length)
                    throw TooLong(destination.Length);
                data.CopyTo(room);
                written += data.Length;
                continue;
            }
            // Linked blocks refer to up to 64 KiB of what this frame wrote before, which lies right in front.
            var window = header.AreBlocksLinked ? destination[Math.Max(start, written - WindowBytes)..written] : default;
            written += Unpack(data, room, window, at);
        }
        var content = destination[start..written];
        if (header.ContentSize is { } size && size != (ulong)content.Length)
            throw new BlockFormatException($"holds {content.Length} bytes where its LZ4 header says {size}");
        if (header.HasContentChecksum && input.ReadUInt32("the content checksum") is var expected && checkContent && expected != XxHash32.HashToUInt32(content))
            throw new BlockFormatException("does not match its LZ4 content checksum");
        return content.Length;
    }

    private static int DecodeLegacyFrame(ref Input input, Span<byte> destination, int start)
    {
        var written = start;
        while (!input.IsEmpty)
        {
            var length = input.PeekUInt32("a block's length");
            if (length is Magic or LegacyMagic || (length & SkippableMask) == SkippableMagic)
                break;
            input.ReadUInt32("a block's length");
            var at = input.Position;
            var data = input.Read(length, "a block");
            var room = destination[written..];
            written += Unpack(data, room[..Math.Min(room.Length, LegacyBlock)], default, at);
        }
        return written - start;
    }

    private static int Unpack(ReadOnlySpan<byte> data, Span<byte> room, ReadOnlySpan<byte> window, long at)
    {
        var length = window.IsEmpty ? LZ4Codec.Decode(data, room) : LZ4Codec.Decode(data, room, window);
        return length >= 0
            ? length
            : throw new BlockFormatException($"has an LZ4 block at byte {at} that is damaged or holds more than {room.Length} bytes");
    }

    internal static BlockFormatException TooLong(int expected) => new($"holds more than the {expected} bytes of a block");

    /// <summary>The frame descriptor, checked.</summary>
    private readonly record struct FrameHeader(bool AreBlocksLinked, bool HasBlockChecksums, bool HasContentChecksum, ulong? ContentSize)
    {
        public static FrameHeader Read(ref Input input)
        {
            var start = input.Position;
            var flags = input.Read(1, "the frame's flags")[0];
            var blockMaximum = input.Read(1, "the frame's block maximum")[0];
            if (flags >> 6 != 1 || (flags & 2) != 0 || (blockMaximum & 0x8f) != 0 || blockMaximum >> 4 < 4)
                throw new BlockFormatException($"has an LZ4 header that no version 1 frame has (FLG 0x{flags:x2}, BD 0x{blockMaximum:x2})");
            ulong? contentSize = (flags & 8) != 0 ? BinaryPrimitives.ReadUInt64LittleEndian(input.Read(8, "the content size")) : null;
            if ((flags & 1) != 0)
                throw new BlockFormatException("needs an LZ4 dictionary, which a backupstore has not");
            var expected = (byte)(XxHash32.HashToUInt32(input.Since(start)) >> 8);
            if (input.Read(1, "the header checksum")[0] != expected)
                throw new BlockFormatException("has an LZ4 header that does not match its checksum");
            return new FrameHeader((flags & 0x20) == 0, (flags & 0x10) != 0, (flags & 4) != 0, contentSize);
        }
    }

    /// <summary>The stored bytes and how far they are read.</summary>
    private ref struct Input(ReadOnlySpan<byte> bytes)
    {
        private readonly ReadOnlySpan<byte> bytes = bytes;

        public int Position { get; private set; }

        public readonly bool IsEmpty => Position == bytes.Length;

        public readonly ReadOnlySpan<byte> Since(int start) => bytes[start..Position];

        public ReadOnlySpan<byte> Read(uint count, string what)
        {
            if (count > bytes.Length - Position)
                throw new BlockFormatException($"is truncated: it ends at byte {bytes.Length}, inside {what}");
            Position += (int)count;
            return bytes.Slice(Position - (int)count, (int)count);
        }

        public uint ReadUInt32(string what) => BinaryPrimitives.ReadUInt32LittleEndian(Read(4, what));

        public readonly uint PeekUInt32(string what)
        {
            var copy = this;
            return copy.ReadUInt32(what);
        }
    }
}
