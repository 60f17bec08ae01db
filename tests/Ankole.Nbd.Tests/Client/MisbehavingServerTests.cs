using System.Diagnostics;
using Ankole.Core;
using static Ankole.Nbd.Tests.ScriptedServer;

namespace Ankole.Nbd.Tests;

public sealed class MisbehavingServerTests
{
    [Fact]
    public async Task A_server_that_goes_away_fails_everything_in_flight_and_everything_after()
    {
        await using var server = AfterHandshake(async stream =>
        {
            for (var i = 0; i < 3; i++)
                await ReadRequestAsync(stream);
        });
        await using var client = await NbdClient.ConnectAsync(server.Uri);
        var reads = Enumerable.Range(0, 3).Select(i => client.ReadAsync(i, new byte[1], default).AsTask()).ToList();
        foreach (var read in reads)
            await AssertUnavailableAsync(read);
        await AssertUnavailableAsync(client.WriteAsync(0, new byte[1], default).AsTask());

        async Task AssertUnavailableAsync(Task task)
        {
            var error = await Assert.ThrowsAsync<AnkoleException>(() => task);
            Assert.Equal((ErrorKind.Unavailable, $"{server.Uri}: the server went away: it closed the connection."), (error.Kind, error.Message));
        }
    }

    [Fact]
    public async Task A_server_that_does_not_answer_in_time_is_given_up()
    {
        await using var server = AfterHandshake(async stream =>
        {
            await ReadRequestAsync(stream);
            await ReadAsync(stream, 1);
        });
        await using var client = await NbdClient.ConnectAsync(server.Uri, new NbdClientOptions { RequestTimeout = TimeSpan.FromMilliseconds(200) });
        var error = await Assert.ThrowsAsync<AnkoleException>(async () => await client.ReadAsync(0, new byte[1], default));
        Assert.Equal((ErrorKind.Unavailable, $"{server.Uri}: the server did not answer a Read within 0.2 s."), (error.Kind, error.Message));
    }

    [Fact]
    public async Task A_server_that_says_nothing_at_all_is_given_up()
    {
        await using var server = FromFirstByte(async stream => await ReadAsync(stream, 1));
        var error = await Assert.ThrowsAsync<AnkoleException>(
            () => NbdClient.ConnectAsync(server.Uri, new NbdClientOptions { ConnectTimeout = TimeSpan.FromMilliseconds(200) }));
        Assert.Equal((ErrorKind.Unavailable, $"{server.Uri}: no NBD server answered within 0.2 s."), (error.Kind, error.Message));
    }

    [Fact]
    public async Task Something_that_is_no_NBD_server_is_called_so()
    {
        await using var server = FromFirstByte(async stream => await stream.WriteAsync("HTTP/1.1 400 Bad Request\r\n"u8.ToArray()));
        var error = await Assert.ThrowsAsync<NbdProtocolException>(() => NbdClient.ConnectAsync(server.Uri));
        Assert.Equal($"{server.Uri}: this is no NBD server: it began with other bytes than NBDMAGIC.", error.Message);
    }

    [Fact]
    public async Task Nobody_there_is_unavailable()
    {
        var error = await Assert.ThrowsAsync<AnkoleException>(() => NbdClient.ConnectAsync(NbdUri.Parse("nbd+unix:///x?socket=/nonexistent/s")));
        Assert.Equal(ErrorKind.Unavailable, error.Kind);
        Assert.StartsWith("nbd+unix:///x?socket=/nonexistent/s: cannot connect: ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_caller_that_gives_up_is_not_written_to_later_and_the_connection_goes_on()
    {
        var (hasAsked, mayAnswer) = (new TaskCompletionSource(), new TaskCompletionSource());
        await using var server = AfterHandshake(async stream =>
        {
            var slow = await ReadRequestAsync(stream);
            hasAsked.SetResult();
            await mayAnswer.Task;
            await stream.WriteAsync(Chunk(slow, NbdReplyType.OffsetData, true, [.. RawClient.UInt64(0), .. Enumerable.Repeat((byte)7, 100_000)]));
            var next = await ReadRequestAsync(stream);
            await stream.WriteAsync(Chunk(next, NbdReplyType.OffsetData, true, [.. RawClient.UInt64(5), 8]));
            await ReadAsync(stream, 28);
        });
        await using var client = await NbdClient.ConnectAsync(server.Uri);
        var abandoned = new byte[100_000];
        using var cancel = new CancellationTokenSource();
        var read = client.ReadAsync(0, abandoned, cancel.Token).AsTask();
        await hasAsked.Task;
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => read);
        mayAnswer.SetResult();
        var one = new byte[1];
        await client.ReadAsync(5, one, default);
        Assert.Equal([8], one);
        Assert.All(abandoned, value => Assert.Equal(0, value));
    }

    [Fact]
    public async Task Chunks_may_come_in_any_order_with_holes_between()
    {
        await using var server = AfterHandshake(async stream =>
        {
            var read = await ReadRequestAsync(stream);
            await stream.WriteAsync(Chunk(read, NbdReplyType.OffsetData, false, [.. RawClient.UInt64(14), 4, 5]));
            await stream.WriteAsync(Chunk(read, NbdReplyType.OffsetHole, false, [.. RawClient.UInt64(12), .. RawClient.UInt32(2)]));
            await stream.WriteAsync(Chunk(read, NbdReplyType.OffsetData, false, [.. RawClient.UInt64(10), 1, 2]));
            await stream.WriteAsync(Chunk(read, NbdReplyType.None, true));
            await ReadAsync(stream, 28);
        });
        await using var client = await NbdClient.ConnectAsync(server.Uri);
        var bytes = Enumerable.Repeat((byte)9, 6).ToArray();
        await client.ReadAsync(10, bytes, default);
        Assert.Equal([1, 2, 0, 0, 4, 5], bytes);
    }

    [Fact]
    public async Task An_error_with_an_offset_or_of_a_future_kind_fails_the_request_alone()
    {
        await using var server = AfterHandshake(async stream =>
        {
            var first = await ReadRequestAsync(stream);
            await stream.WriteAsync(Chunk(first, NbdReplyType.ErrorOffset, false, [.. RawClient.UInt32(5), 0, 3, .. "bad"u8, .. RawClient.UInt64(0)]));
            await stream.WriteAsync(Chunk(first, NbdReplyType.None, true));
            var second = await ReadRequestAsync(stream);
            await stream.WriteAsync(Chunk(second, (NbdReplyType)0x8fff, true, [.. RawClient.UInt32(28), 0, 0, 1, 2, 3]));
            var third = await ReadRequestAsync(stream);
            await stream.WriteAsync(Chunk(third, NbdReplyType.None, true));
            await ReadAsync(stream, 28);
        });
        await using var client = await NbdClient.ConnectAsync(server.Uri);
        var error = await Assert.ThrowsAsync<NbdServerException>(async () => await client.ReadAsync(0, new byte[4], default));
        Assert.Equal($"{server.Uri}: Read of 4 bytes at 0 failed: input/output error on the server (the server says: bad)", error.Message);
        Assert.True((await Assert.ThrowsAsync<NbdServerException>(async () => await client.WriteAsync(0, new byte[4], default))).IsOutOfSpace);
        await client.FlushAsync(default);
    }

    [Theory]
    [InlineData("magic")]
    [InlineData("cookie")]
    [InlineData("outside")]
    [InlineData("before")]
    [InlineData("twice")]
    [InlineData("short")]
    [InlineData("huge")]
    [InlineData("type")]
    [InlineData("message")]
    [InlineData("simple")]
    public async Task A_reply_that_breaks_the_protocol_ends_the_connection(string how)
    {
        await using var server = AfterHandshake(async stream =>
        {
            var read = await ReadRequestAsync(stream);
            byte[] data = [.. RawClient.UInt64(16), 1, 2, 3, 4];
            await stream.WriteAsync(how switch
            {
                "magic" => new byte[40],
                "cookie" => Chunk(read with { Cookie = read.Cookie + (1UL << 32) }, NbdReplyType.OffsetData, true, data),
                "outside" => Chunk(read, NbdReplyType.OffsetData, true, [.. data, 5]),
                "before" => Chunk(read, NbdReplyType.OffsetData, true, [.. RawClient.UInt64(15), 1, 2, 3, 4]),
                "twice" => [.. Chunk(read, NbdReplyType.OffsetData, false, data), .. Chunk(read, NbdReplyType.OffsetData, true, [.. RawClient.UInt64(18), 1])],
                "short" => [.. Chunk(read, NbdReplyType.OffsetData, true, data[..^1])],
                "huge" => [.. Chunk(read, NbdReplyType.OffsetData, true, data)[..16], 0xff, 0xff, 0xff, 0xff],
                "type" => Chunk(read, (NbdReplyType)77, true, data),
                "message" => Chunk(read, NbdReplyType.Error, true, [.. RawClient.UInt32(5), 0, 9, 1]),
                _ => [.. RawClient.UInt32(NbdMagic.SimpleReply), .. RawClient.UInt32(0), .. RawClient.UInt64(read.Cookie), 1, 2, 3, 4],
            });
            await ReadAsync(stream, 1);
        });
        await using var client = await NbdClient.ConnectAsync(server.Uri);
        var watch = Stopwatch.StartNew();
        var error = await Assert.ThrowsAsync<NbdProtocolException>(async () => await client.ReadAsync(16, new byte[4], default));
        Assert.StartsWith($"{server.Uri}: the server broke the NBD protocol: ", error.Message, StringComparison.Ordinal);
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(30));
        await Assert.ThrowsAsync<NbdProtocolException>(async () => await client.FlushAsync(default));
    }

    [Fact]
    public async Task A_handshake_cut_anywhere_is_an_error_that_names_the_server()
    {
        byte[] whole = [.. "NBDMAGICIHAVEOPT"u8, 0, 3];
        for (var length = 0; length < whole.Length; length++)
        {
            var part = whole[..length];
            await using var server = FromFirstByte(async stream => await stream.WriteAsync(part));
            var error = await Assert.ThrowsAsync<AnkoleException>(() => NbdClient.ConnectAsync(server.Uri));
            Assert.Equal((ErrorKind.Unavailable, $"{server.Uri}: the server closed the connection during the handshake."), (error.Kind, error.Message));
        }
    }
}
