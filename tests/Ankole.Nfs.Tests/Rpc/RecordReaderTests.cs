using System.Buffers.Binary;

namespace Ankole.Nfs.Tests.Rpc;

/// <summary>RFC 5531, section 11: record marking.</summary>
public sealed class RecordReaderTests
{
    private static readonly CancellationToken None = TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_record_in_several_fragments_is_one_message_and_the_next_one_follows()
    {
        using var records = Reader([.. Mark(3, isLast: false), 1, 2, 3, .. Mark(0, isLast: false), .. Mark(2, isLast: true), 4, 5, .. Mark(1, isLast: true), 6]);
        using var first = await records.ReadAsync(None);
        Assert.Equal([1, 2, 3, 4, 5], first!.Message.ToArray());
        using var second = await records.ReadAsync(None);
        Assert.Equal([6], second!.Message.ToArray());
        Assert.Null(await records.ReadAsync(None));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(70_000)]
    public async Task Records_of_every_size_arrive_whole_however_the_bytes_trickle_in(int step)
    {
        var stream = new MemoryStream();
        for (var length = 0; length < 200_000; length = (length * 3) + 1)
            stream.Write([.. Mark(length, isLast: true), .. Enumerable.Range(0, length).Select(i => (byte)i)]);
        stream.Position = 0;
        using var records = new RecordReader(new TricklingStream(stream, step), 1 << 20);
        for (var length = 0; length < 200_000; length = (length * 3) + 1)
        {
            using var record = await records.ReadAsync(None);
            Assert.Equal(length, record!.Message.Length);
            Assert.True(record.Message.SequenceEqual(Enumerable.Range(0, length).Select(i => (byte)i).ToArray()));
        }
        Assert.Null(await records.ReadAsync(None));
    }

    [Fact]
    public async Task Every_truncated_stream_is_an_error_of_the_protocol()
    {
        byte[] whole = [.. Mark(3, isLast: false), 1, 2, 3, .. Mark(2, isLast: true), 4, 5];
        for (var length = 1; length < whole.Length; length++)
        {
            using var records = Reader(whole[..length]);
            await Assert.ThrowsAsync<NfsProtocolException>(async () => await records.ReadAsync(None));
        }
    }

    [Theory]
    [InlineData(1001)]
    [InlineData(0x7fff_ffff)]
    public async Task A_record_longer_than_agreed_is_refused_before_anything_is_allocated(int length)
    {
        using var records = Reader([.. Mark(length, isLast: true), 0]);
        var error = await Assert.ThrowsAsync<NfsProtocolException>(async () => await records.ReadAsync(None));
        Assert.Contains($"announced a record of {length} bytes; at most 1000 were agreed", error.Message);
    }

    [Fact]
    public async Task Fragments_that_add_up_to_too_much_are_refused()
    {
        using var records = Reader([.. Mark(600, isLast: false), .. new byte[600], .. Mark(600, isLast: true), .. new byte[600]]);
        await Assert.ThrowsAsync<NfsProtocolException>(async () => await records.ReadAsync(None));
    }

    [Fact]
    public async Task Empty_fragments_without_end_are_refused()
    {
        using var records = Reader([.. Enumerable.Repeat(Mark(0, isLast: false), 5000).SelectMany(mark => mark)]);
        await Assert.ThrowsAsync<NfsProtocolException>(async () => await records.ReadAsync(None));
    }

    private static RecordReader Reader(byte[] bytes) => new(new MemoryStream(bytes), maxRecordBytes: 1000);

    private static byte[] Mark(int length, bool isLast)
    {
        var mark = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(mark, (uint)length | (isLast ? 0x8000_0000 : 0));
        return mark;
    }

    private sealed class TricklingStream(Stream inner, int step) : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            inner.ReadAsync(buffer[..Math.Min(step, buffer.Length)], cancellationToken);

        public override int Read(byte[] buffer, int offset, int count) => inner.Read(buffer, offset, Math.Min(step, count));

        public override void Flush() => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
