using System.Buffers.Binary;
using System.Diagnostics;
using System.IO.Hashing;
using K4os.Compression.LZ4;

namespace Ankole.Backup.Tests;

public sealed class Lz4FrameTests
{
    public static TheoryData<string, int> Contents()
    {
        var data = new TheoryData<string, int>();
        foreach (var kind in new[] { "random", "zeros", "text", "mixed" })
            foreach (var length in new[] { 1, 13, 4096, 65536, 2 << 20, (4 << 20) + 1, 16 << 20 })
                data.Add(kind, length);
        return data;
    }

    [Theory]
    [MemberData(nameof(Contents))]
    public void What_is_packed_unpacks(string kind, int length)
    {
        var content = Content(kind, length);
        var frame = Encode(content);
        Assert.Equal([0x04, 0x22, 0x4d, 0x18, 0x64, 0x70, 0xb9], frame[..7]);
        Assert.True(frame.Length <= Lz4Frame.MaxEncodedLength(length));
        Assert.Equal(content, Decode(frame, length));
    }

    [Theory]
    [InlineData(2 << 20, 2097171, 1)]
    [InlineData(16 << 20, 16777247, 4)]
    public void What_does_not_get_smaller_is_stored_as_it_is(int length, int frameLength, int blocks)
    {
        var frame = Encode(Content("random", length));
        Assert.Equal(frameLength, frame.Length);
        var at = 7;
        for (var i = 0; i < blocks; i++)
        {
            Assert.Equal(0x80000000 | (uint)(length / blocks), BinaryPrimitives.ReadUInt32LittleEndian(frame.AsSpan(at)));
            at += 4 + (length / blocks);
        }
        Assert.Equal(0u, BinaryPrimitives.ReadUInt32LittleEndian(frame.AsSpan(at)));
    }

    [Theory]
    [InlineData(0x40)] // linked, nothing checked
    [InlineData(0x60)]
    [InlineData(0x64)]
    [InlineData(0x54)] // linked, block checksums, content checksum
    [InlineData(0x7c)] // block checksums, content size, content checksum
    [InlineData(0x4c)]
    public void Every_form_of_frame_is_read(int flags)
    {
        foreach (var maximum in new[] { 4, 5, 6, 7 })
        {
            var content = Content("mixed", 900_000);
            Assert.Equal(content, Decode(Frame(content, (byte)flags, maximum), content.Length));
        }
    }

    [Fact]
    public void Several_frames_in_a_row_are_one_content()
    {
        var content = Content("mixed", 300_000);
        byte[] skippable = [0x53, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 9, 9, 9];
        byte[] frames = [.. Frame(content[..100_000], 0x64, 4), .. skippable, .. Frame(content[100_000..200_000], 0x40, 5), .. Legacy(content[200_000..])];
        Assert.Equal(content, Decode(frames, content.Length));
    }

    [Theory]
    [InlineData(1000)]
    [InlineData(9 << 20)]
    public void Legacy_frames_are_read(int length)
    {
        var content = Content("text", length);
        Assert.Equal(content, Decode(Legacy(content), length));
    }

    [Fact]
    public void Frames_of_the_lz4_tool_are_read_and_ours_by_it()
    {
        Assert.SkipUnless(IsInstalled("lz4"), "lz4 is not installed");
        using var directory = new TemporaryDirectory();
        var content = Content("mixed", 2 << 20);
        File.WriteAllBytes(directory.File("ours.lz4"), Encode(content));
        Run("lz4", $"-dqf {directory.File("ours.lz4")} {directory.File("back")}");
        Assert.Equal(content, File.ReadAllBytes(directory.File("back")));
        foreach (var options in new[] { "-1", "-9", "-BD -B4", "-BX", "--content-size", "--no-frame-crc", "-l" })
        {
            Run("lz4", $"-qf {options} {directory.File("back")} {directory.File("theirs.lz4")}");
            Assert.Equal(content, Decode(File.ReadAllBytes(directory.File("theirs.lz4")), content.Length));
        }
    }

    [Fact]
    public void Every_truncation_is_noticed()
    {
        var content = Content("mixed", 70_000);
        foreach (var frame in new[] { Frame(content, 0x7c, 4), Encode(content) })
            for (var length = 1; length < frame.Length; length += length < 40 || length > frame.Length - 40 ? 1 : 997)
                Assert.Throws<BlockFormatException>(() => Decode(frame[..length], content.Length));
    }

    [Fact]
    public void No_flipped_bit_makes_other_content()
    {
        var content = Content("mixed", 3000);
        var frame = Encode(content);
        for (var bit = 0; bit < frame.Length * 8; bit++)
        {
            var damaged = frame.ToArray();
            damaged[bit / 8] ^= (byte)(1 << (bit % 8));
            try
            {
                // A match that points to an equal run elsewhere is another way of saying the same.
                Assert.Equal(content, Decode(damaged, content.Length));
            }
            catch (BlockFormatException)
            {
            }
        }
    }

    [Fact]
    public void More_content_than_a_block_is_refused()
    {
        Assert.Throws<BlockFormatException>(() => Decode(Encode(Content("random", 5000)), 4999));
        Assert.Throws<BlockFormatException>(() => Decode(Encode(Content("zeros", 5000)), 4999));
    }

    private static byte[] Encode(byte[] content)
    {
        var frame = new byte[Lz4Frame.MaxEncodedLength(content.Length)];
        return frame[..Lz4Frame.Encode(content, frame)];
    }

    private static byte[] Decode(byte[] frame, int length)
    {
        var content = new byte[length];
        return content[..Lz4Frame.Decode(frame, content, checkContent: true)];
    }

    private static byte[] Content(string kind, int length)
    {
        var bytes = new byte[length];
        if (kind == "random")
            new Random(length).NextBytes(bytes);
        for (var i = 0; kind is "text" or "mixed" && i < length; i++)
            bytes[i] = (byte)"the quick brown fox jumps over the lazy dog "[(int)((long)i * (1 + (i / 5000)) % 44)];
        if (kind == "mixed")
            new Random(length).NextBytes(bytes.AsSpan(length / 3, length / 4));
        return bytes;
    }

    /// <summary>A frame of any form, made by the format's description and K4os' block coder.</summary>
    private static byte[] Frame(byte[] content, byte flags, int maximum)
    {
        var frame = new List<byte>([0x04, 0x22, 0x4d, 0x18, flags, (byte)(maximum << 4)]);
        if ((flags & 8) != 0)
            frame.AddRange(BitConverter.GetBytes((ulong)content.Length));
        frame.Add((byte)(XxHash32.HashToUInt32(frame.ToArray().AsSpan(4)) >> 8));
        var size = 1 << (8 + (2 * maximum));
        // An encoder with a window makes linked blocks; each block alone makes independent ones.
        using var linked = (flags & 0x20) == 0 ? new K4os.Compression.LZ4.Encoders.LZ4FastChainEncoder(size) : null;
        for (var at = 0; at < content.Length; at += size)
        {
            var block = content.AsSpan(at, Math.Min(size, content.Length - at));
            var packed = new byte[LZ4Codec.MaximumOutputSize(block.Length)];
            var length = linked is null ? LZ4Codec.Encode(block, packed) : Encode(linked, block.ToArray(), packed);
            var isStored = length >= block.Length;
            var data = isStored ? block.ToArray() : packed[..length];
            frame.AddRange(BitConverter.GetBytes((uint)data.Length | (isStored ? 0x80000000 : 0)));
            frame.AddRange(data);
            if ((flags & 0x10) != 0)
                frame.AddRange(BitConverter.GetBytes(XxHash32.HashToUInt32(data)));
        }
        frame.AddRange(new byte[4]);
        if ((flags & 4) != 0)
            frame.AddRange(BitConverter.GetBytes(XxHash32.HashToUInt32(content)));
        return [.. frame];
    }

    private static unsafe int Encode(K4os.Compression.LZ4.Encoders.LZ4FastChainEncoder encoder, byte[] block, byte[] packed)
    {
        fixed (byte* source = block, target = packed)
        {
            encoder.Topup(source, block.Length);
            return encoder.Encode(target, packed.Length, allowCopy: false);
        }
    }

    private static byte[] Legacy(byte[] content)
    {
        var frame = new List<byte>([0x02, 0x21, 0x4c, 0x18]);
        for (var at = 0; at < content.Length; at += 8 << 20)
        {
            var block = content.AsSpan(at, Math.Min(8 << 20, content.Length - at));
            var packed = new byte[LZ4Codec.MaximumOutputSize(block.Length)];
            var length = LZ4Codec.Encode(block, packed);
            frame.AddRange(BitConverter.GetBytes((uint)length));
            frame.AddRange(packed[..length]);
        }
        return [.. frame];
    }

    private static bool IsInstalled(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(folder => File.Exists(Path.Join(folder, program)));

    private static void Run(string program, string arguments)
    {
        using var process = Process.Start(program, arguments);
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
    }
}
