namespace Ankole.Nfs.Tests.Xdr;

/// <summary>RFC 4506.</summary>
public sealed class XdrTests
{
    [Fact]
    public void What_is_written_is_big_endian_and_padded_to_four_bytes()
    {
        using var writer = new XdrWriter(1);
        writer.WriteUInt32(0x01020304);
        writer.WriteUInt64(0x0102030405060708);
        writer.WriteInt64(-2);
        writer.WriteBool(true);
        writer.WriteOpaque([9, 8, 7, 6, 5]);
        writer.WriteFixed([1, 2, 3]);
        writer.WriteString("ü");
        Assert.Equal(
            "01020304" + "0102030405060708" + "fffffffffffffffe" + "00000001" + "00000005" + "0908070605000000" + "01020300" + "00000002" + "c3bc0000",
            Convert.ToHexStringLower(writer.Written.Span));
    }

    [Fact]
    public void What_was_written_is_read_and_every_truncated_length_is_an_error_of_the_protocol()
    {
        using var writer = new XdrWriter(1);
        writer.WriteUInt32(7);
        writer.WriteUInt64(8);
        writer.WriteInt64(-9);
        writer.WriteBool(false);
        writer.WriteOpaque([1, 2, 3, 4, 5]);
        writer.WriteFixed([6, 7]);
        writer.WriteString("name");
        var bytes = writer.Written.ToArray();
        ReadAll(bytes);
        for (var length = 0; length < bytes.Length; length++)
            Assert.Throws<NfsProtocolException>(() => ReadAll(bytes[..length]));

        static void ReadAll(byte[] bytes)
        {
            var reader = new XdrReader(bytes);
            Assert.Equal(7u, reader.ReadUInt32());
            Assert.Equal(8ul, reader.ReadUInt64());
            Assert.Equal(-9, reader.ReadInt64());
            Assert.False(reader.ReadBool());
            Assert.Equal([1, 2, 3, 4, 5], reader.ReadOpaque(5).ToArray());
            Assert.Equal([6, 7], reader.ReadFixed(2).ToArray());
            Assert.Equal("name", reader.ReadString(4));
            Assert.Equal(0, reader.Remaining);
        }
    }

    [Theory]
    [InlineData(6u)]
    [InlineData(0x8000_0000)]
    [InlineData(0xffff_ffff)]
    public void A_length_beyond_what_is_allowed_is_refused(uint length)
    {
        using var writer = new XdrWriter(64);
        writer.WriteUInt32(length);
        writer.WriteFixed(new byte[32]);
        var bytes = writer.Written.ToArray();
        Assert.Throws<NfsProtocolException>(() => new XdrReader(bytes).ReadOpaque(5));
    }

    [Fact]
    public void A_truth_value_is_0_or_1() => Assert.Throws<NfsProtocolException>(() => new XdrReader([0, 0, 0, 2]).ReadBool());

    [Fact]
    public void A_writer_grows_and_keeps_what_it_has()
    {
        using var writer = new XdrWriter(1);
        for (uint i = 0; i < 100_000; i++)
            writer.WriteUInt32(i);
        var reader = new XdrReader(writer.Written.Span);
        for (uint i = 0; i < 100_000; i++)
            Assert.Equal(i, reader.ReadUInt32());
    }
}
