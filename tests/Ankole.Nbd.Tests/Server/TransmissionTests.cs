using System.Security.Cryptography;
using Ankole.Testing;

namespace Ankole.Nbd.Tests;

public sealed class TransmissionTests
{
    private const ulong Size = TestServer.DefaultSize;

    [Theory]
    [InlineData(NbdReplyStyle.Simple)]
    [InlineData(NbdReplyStyle.Structured)]
    [InlineData(NbdReplyStyle.Extended)]
    internal async Task What_is_written_is_read_back_whatever_the_alignment(NbdReplyStyle style)
    {
        await using var server = await TestServer.StartAsync();
        using var client = server.Connect().Go(style: style);
        var bytes = RandomNumberGenerator.GetBytes(300_000);
        Assert.Equal(NbdError.None, client.Write(777, bytes).Error);
        Assert.Equal(bytes, client.Request(NbdCommand.Read, 777, 300_000).Data);
        Assert.Equal(bytes[5..6], client.Request(NbdCommand.Read, 782, 1).Data);
        Assert.Equal(new byte[777], client.Request(NbdCommand.Read, 0, 777).Data);
        Assert.Equal(NbdError.None, client.Write(Size - 1, [42]).Error);
        Assert.Equal([0, 42], client.Request(NbdCommand.Read, Size - 2, 2).Data);
    }

    [Theory]
    [InlineData(NbdReplyStyle.Simple)]
    [InlineData(NbdReplyStyle.Structured)]
    [InlineData(NbdReplyStyle.Extended)]
    internal async Task Zeroes_trims_flushes_and_caches_succeed(NbdReplyStyle style)
    {
        var device = new MemoryBlockDevice((long)Size);
        await using var server = await TestServer.StartAsync(device);
        using var client = server.Connect().Go(style: style);
        client.Write(0, [.. Enumerable.Repeat((byte)9, 16384)]);
        Assert.Equal(NbdError.None, client.Request(NbdCommand.WriteZeroes, 1000, 5000).Error);
        Assert.Equal(NbdError.None, client.Request(NbdCommand.WriteZeroes, 8192, 4096, NbdCommandFlags.NoHole).Error);
        var expected = Enumerable.Repeat((byte)9, 16384).ToArray();
        expected.AsSpan(1000, 5000).Clear();
        expected.AsSpan(8192, 4096).Clear();
        Assert.Equal(expected, client.Request(NbdCommand.Read, 0, 16384).Data);
        Assert.Equal(NbdError.None, client.Request(NbdCommand.Trim, 0, 16384).Error);
        Assert.Equal(0, device.StoredPages);
        Assert.Equal(NbdError.None, client.Request(NbdCommand.Cache, 0, Size).Error);
        Assert.Equal(0, device.Flushes);
        Assert.Equal(NbdError.None, client.Request(NbdCommand.Flush, 0, 0).Error);
        Assert.Equal(1, device.Flushes);
    }

    [Theory]
    [InlineData(NbdCommand.Write)]
    [InlineData(NbdCommand.WriteZeroes)]
    [InlineData(NbdCommand.Trim)]
    internal async Task FUA_flushes_before_the_reply(NbdCommand command)
    {
        var device = new MemoryBlockDevice((long)Size);
        await using var server = await TestServer.StartAsync(device);
        using var client = server.Connect().Go();
        Assert.Equal(NbdError.None, client.Request(command, 0, 512, NbdCommandFlags.Fua, command == NbdCommand.Write ? new byte[512] : null).Error);
        Assert.Equal(1, device.Flushes);
        Assert.Equal(NbdError.None, client.Request(NbdCommand.Read, 0, 512, NbdCommandFlags.Fua).Error);
        Assert.Equal(1, device.Flushes);
    }

    [Theory]
    [InlineData(NbdReplyStyle.Simple)]
    [InlineData(NbdReplyStyle.Structured)]
    [InlineData(NbdReplyStyle.Extended)]
    internal async Task A_refused_request_has_its_error_number_and_the_next_one_is_understood(NbdReplyStyle style)
    {
        await using var server = await TestServer.StartAsync();
        using var client = server.Connect().Go(style: style);
        Assert.Equal(NbdError.EINVAL, client.Request(NbdCommand.Read, Size, 1).Error);
        Assert.Equal(NbdError.EINVAL, client.Request(NbdCommand.Read, Size - 1, 2).Error);
        Assert.Equal(NbdError.EINVAL, client.Request(NbdCommand.Read, ulong.MaxValue, 2).Error);
        Assert.Equal(NbdError.ENOSPC, client.Write(Size - 1, [1, 2]).Error);
        Assert.Equal(NbdError.ENOSPC, client.Write(ulong.MaxValue - 1, [1, 2]).Error);
        Assert.Equal(NbdError.ENOSPC, client.Request(NbdCommand.WriteZeroes, 1, Size).Error);
        Assert.Equal(NbdError.EINVAL, client.Request(NbdCommand.Trim, 1, Size).Error);
        Assert.Equal(NbdError.EINVAL, client.Request(NbdCommand.Cache, 1, Size).Error);
        Assert.Equal(NbdError.EINVAL, client.Request(NbdCommand.BlockStatus, 0, 1).Error);
        Assert.Equal(NbdError.EINVAL, client.Request(NbdCommand.Flush, 1, 0).Error);
        Assert.Equal(NbdError.EINVAL, client.Request((NbdCommand)8, 0, 1).Error);
        Assert.Equal(NbdError.EINVAL, client.Request((NbdCommand)0xffff, 0, 1).Error);
        Assert.Equal(NbdError.EINVAL, client.Request(NbdCommand.Read, 0, 1, NbdCommandFlags.NoHole).Error);
        Assert.Equal(NbdError.EINVAL, client.Request(NbdCommand.WriteZeroes, 0, 1, NbdCommandFlags.FastZero).Error);
        Assert.Equal(NbdError.EINVAL, client.Write(0, [1], NbdCommandFlags.DontFragment).Error);
        Assert.Equal(NbdError.EINVAL, client.Write(0, [1], (NbdCommandFlags)0x8000).Error);
        Assert.Equal(style == NbdReplyStyle.Simple ? NbdError.EINVAL : NbdError.None, client.Request(NbdCommand.Read, 0, 1, NbdCommandFlags.DontFragment).Error);
        Assert.Equal(NbdError.None, client.Write(0, [7]).Error);
        Assert.Equal([7], client.Request(NbdCommand.Read, 0, 1).Data);
    }

    [Fact]
    public async Task An_error_says_in_words_what_is_wrong()
    {
        await using var server = await TestServer.StartAsync();
        using var client = server.Connect().Go();
        Assert.Equal("2 bytes at 1048575 leave the export of 1048576 bytes", client.Write(Size - 1, [1, 2]).Message);
    }

    [Fact]
    public async Task A_read_only_export_refuses_every_kind_of_write()
    {
        await using var server = await TestServer.StartAsync([new NbdExport("disk", new MemoryBlockDevice((long)Size), readOnly: true)]);
        using var client = server.Connect().Go();
        Assert.Equal(NbdError.EPERM, client.Write(0, new byte[5000]).Error);
        Assert.Equal(NbdError.EPERM, client.Write(Size, [1]).Error);
        Assert.Equal(NbdError.EPERM, client.Request(NbdCommand.WriteZeroes, 0, 1).Error);
        Assert.Equal(NbdError.EPERM, client.Request(NbdCommand.Trim, 0, 1).Error);
        Assert.Equal(NbdError.None, client.Request(NbdCommand.Flush, 0, 0).Error);
        Assert.Equal(new byte[10], client.Request(NbdCommand.Read, 0, 10).Data);
    }

    [Fact]
    public async Task A_minimum_block_size_is_announced_and_enforced()
    {
        await using var server = await TestServer.StartAsync([new NbdExport("disk", new MemoryBlockDevice((long)Size)) { MinimumBlockSize = 512 }]);
        using (var ignorant = server.Connect().Greet())
        {
            Assert.Equal(NbdOptionReplyType.ErrBlockSizeReqd, ignorant.Ask(NbdOption.Go, RawClient.GoData("disk")));
            Assert.Equal(NbdOptionReplyType.Ack, ignorant.Ask(NbdOption.Info, RawClient.GoData("disk")));
        }
        using var client = server.Connect().Go();
        Assert.Equal(NbdError.None, client.Write(512, new byte[1024]).Error);
        Assert.Equal(NbdError.EINVAL, client.Write(513, new byte[512]).Error);
        Assert.Equal(NbdError.EINVAL, client.Write(512, new byte[511]).Error);
        Assert.Equal(NbdError.EINVAL, client.Request(NbdCommand.Read, 1, 512).Error);
        Assert.Equal(NbdError.EINVAL, client.Request(NbdCommand.Trim, 0, 100).Error);
        Assert.Equal(NbdError.EINVAL, client.Request(NbdCommand.WriteZeroes, 100, 512).Error);
    }

    [Fact]
    public async Task Fast_zeroes_are_done_where_they_are_fast_and_refused_at_once_where_not()
    {
        await using var server = await TestServer.StartAsync([new NbdExport("disk", new MemoryBlockDevice((long)Size)) { IsWriteZeroesFast = true }]);
        using var client = server.Connect().Go();
        Assert.True(client.Flags.HasFlag(NbdTransmissionFlags.SendFastZero));
        Assert.Equal(NbdError.None, client.Request(NbdCommand.WriteZeroes, 0, Size, NbdCommandFlags.FastZero).Error);
        Assert.Equal(NbdError.ENOTSUP, client.Request(NbdCommand.WriteZeroes, 0, Size, NbdCommandFlags.FastZero | NbdCommandFlags.NoHole).Error);
    }

    [Fact]
    public async Task Requests_of_no_length_succeed_and_do_nothing()
    {
        await using var server = await TestServer.StartAsync();
        foreach (var style in Enum.GetValues<NbdReplyStyle>())
        {
            using var client = server.Connect().Go(style: style);
            Assert.Equal((NbdError.None, 0), (client.Request(NbdCommand.Read, 0, 0).Error, 0));
            Assert.Equal(NbdError.None, client.Request(NbdCommand.Trim, Size, 0).Error);
            Assert.Equal(NbdError.None, client.Request(NbdCommand.WriteZeroes, 0, 0).Error);
            Assert.Equal(NbdError.None, client.Write(0, [1]).Error);
        }
    }

    [Fact]
    public async Task The_largest_payload_works_both_ways_and_a_longer_one_is_refused()
    {
        await using var server = await TestServer.StartAsync(new MemoryBlockDevice(1L << 30));
        using var client = server.Connect().Go();
        var bytes = RandomNumberGenerator.GetBytes(32 << 20);
        Assert.Equal(NbdError.None, client.Write(12345, bytes).Error);
        Assert.True(client.Request(NbdCommand.Read, 12345, 32 << 20).Data.AsSpan().SequenceEqual(bytes));
        Assert.True(client.Request(NbdCommand.Read, 12345, 32 << 20, NbdCommandFlags.DontFragment).Data.AsSpan().SequenceEqual(bytes));
        Assert.Equal(NbdError.EOVERFLOW, client.Request(NbdCommand.Read, 0, (32 << 20) + 1).Error);
        Assert.Equal(NbdError.None, client.Request(NbdCommand.WriteZeroes, 0, 1 << 30).Error);
        client.SendRequest(NbdCommand.Write, 0, (32 << 20) + 1);
        client.AssertClosed();
    }

    [Fact]
    public async Task A_wrong_magic_closes_the_connection()
    {
        await using var server = await TestServer.StartAsync();
        using var client = server.Connect().Go();
        client.Send(new byte[28]);
        client.AssertClosed();
    }

    [Theory]
    [InlineData(NbdReplyStyle.Simple)]
    [InlineData(NbdReplyStyle.Structured)]
    [InlineData(NbdReplyStyle.Extended)]
    internal async Task A_client_that_stops_anywhere_in_a_request_leaves_the_device_whole(NbdReplyStyle style)
    {
        var device = new MemoryBlockDevice((long)Size);
        await using var server = await TestServer.StartAsync(device);
        var extended = style == NbdReplyStyle.Extended;
        var whole = new byte[NbdRequest.SizeOf(extended) + 8];
        new NbdRequest(extended ? NbdCommandFlags.PayloadLength : 0, NbdCommand.Write, 1, 0, 8).Write(whole, extended);
        for (var length = 0; length < whole.Length; length++)
        {
            using var client = server.Connect().Go(style: style);
            client.Send(whole[..length]);
        }
        await WaitFor.TrueAsync(() => server.Server.ConnectionCount == 0);
        Assert.Equal(0, device.StoredPages);
    }

    [Fact]
    public async Task DISC_closes_after_everything_before_it_was_done()
    {
        var device = new MemoryBlockDevice((long)Size);
        await using var server = await TestServer.StartAsync(device);
        using var client = server.Connect().Go();
        client.SendRequest(NbdCommand.Write, 0, 4, payload: [1, 2, 3, 4]);
        client.SendRequest(NbdCommand.Disconnect, 0, 0);
        Assert.Equal(NbdError.None, client.ReadReply().Error);
        client.AssertClosed();
        Assert.Equal(1, device.StoredPages);
    }

    [Fact]
    public async Task An_extended_write_without_the_payload_flag_is_refused_and_other_payloads_are_read_away()
    {
        await using var server = await TestServer.StartAsync();
        using var client = server.Connect().Go(style: NbdReplyStyle.Extended);
        Assert.Equal(NbdError.EINVAL, client.Request(NbdCommand.Write, 0, 512).Error);
        Assert.Equal(NbdError.EINVAL, client.Request(NbdCommand.Trim, 0, 100, payload: new byte[100]).Error);
        Assert.Equal(NbdError.EINVAL, client.Request((NbdCommand)99, 0, 70_000, payload: new byte[70_000]).Error);
        Assert.Equal(NbdError.None, client.Write(0, [5]).Error);
        client.SendRequest(NbdCommand.Write, 0, 1UL << 33, NbdCommandFlags.PayloadLength);
        client.AssertClosed();
    }

    [Fact]
    public async Task Extended_ranges_may_be_longer_than_32_bits()
    {
        var device = new MemoryBlockDevice(1L << 45);
        await device.WriteAsync(1L << 44, new byte[] { 1 }, default);
        await using var server = await TestServer.StartAsync(device);
        using var client = server.Connect().Go(style: NbdReplyStyle.Extended);
        Assert.Equal(NbdError.None, client.Request(NbdCommand.WriteZeroes, 0, 1UL << 45).Error);
        Assert.Equal(0, device.StoredPages);
        Assert.Equal(NbdError.None, client.Request(NbdCommand.Trim, 0, 1UL << 45).Error);
        Assert.Equal(NbdError.ENOSPC, client.Request(NbdCommand.WriteZeroes, 1, 1UL << 45).Error);
    }
}
