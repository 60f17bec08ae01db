using System.Buffers.Binary;
using System.Text;
using Ankole.Testing;
using Microsoft.Extensions.Time.Testing;

namespace Ankole.Nbd.Tests;

public sealed class HandshakeTests
{
    private static NbdExport[] TwoExports =>
    [
        new("disk", new MemoryBlockDevice(TestServer.DefaultSize)) { Description = "the first" },
        new("Ümlaut/2", new MemoryBlockDevice(4096), readOnly: true),
    ];

    [Fact]
    public async Task A_list_names_every_export_with_its_description()
    {
        await using var server = await TestServer.StartAsync(TwoExports);
        using var client = server.Connect().Greet();
        client.SendOption(NbdOption.List);
        var replies = client.ReadReplies(NbdOption.List);
        Assert.Equal([NbdOptionReplyType.Server, NbdOptionReplyType.Server, NbdOptionReplyType.Ack], replies.Select(reply => reply.Type));
        Assert.Equal([.. RawClient.Text("disk"), .. "the first"u8], replies[0].Data);
        Assert.Equal(RawClient.Text("Ümlaut/2"), replies[1].Data);
    }

    [Fact]
    public async Task INFO_tells_what_GO_would_and_stays_in_the_handshake()
    {
        await using var server = await TestServer.StartAsync(TwoExports);
        using var client = server.Connect().Greet();
        var data = RawClient.GoData("disk", NbdInfoType.Name, NbdInfoType.Description, NbdInfoType.BlockSize, (NbdInfoType)99);
        client.SendOption(NbdOption.Info, data);
        var info = client.ReadReplies(NbdOption.Info);
        client.SendOption(NbdOption.Go, data);
        var go = client.ReadReplies(NbdOption.Go);
        Assert.Equal(info.Select(reply => Convert.ToHexString(reply.Data)), go.Select(reply => Convert.ToHexString(reply.Data)));

        Assert.Equal(5, info.Count);
        Assert.Equal(RawClient.UInt64(TestServer.DefaultSize), info[0].Data[2..10]);
        Assert.Equal([0, 1, .. "disk"u8], info[1].Data);
        Assert.Equal([0, 2, .. "the first"u8], info[2].Data);
        Assert.Equal([0, 3, .. RawClient.UInt32(1), .. RawClient.UInt32(4096), .. RawClient.UInt32(32 << 20)], info[3].Data);
        Assert.Equal(NbdError.None, client.Write(0, [1, 2, 3]).Error);
    }

    [Fact]
    public async Task A_writable_export_offers_everything_that_is_there_and_a_read_only_one_no_writes()
    {
        await using var server = await TestServer.StartAsync(TwoExports);
        using var writer = server.Connect().Go("disk");
        Assert.Equal(
            NbdTransmissionFlags.HasFlags | NbdTransmissionFlags.SendFlush | NbdTransmissionFlags.SendFua | NbdTransmissionFlags.SendTrim
            | NbdTransmissionFlags.SendWriteZeroes | NbdTransmissionFlags.SendDf | NbdTransmissionFlags.CanMultiConn | NbdTransmissionFlags.SendCache,
            writer.Flags);
        using var reader = server.Connect().Go("Ümlaut/2");
        Assert.Equal(
            NbdTransmissionFlags.HasFlags | NbdTransmissionFlags.ReadOnly | NbdTransmissionFlags.SendFlush | NbdTransmissionFlags.SendFua
            | NbdTransmissionFlags.SendDf | NbdTransmissionFlags.CanMultiConn | NbdTransmissionFlags.SendCache,
            reader.Flags);
        Assert.Equal(4096u, reader.ExportSize);
    }

    [Theory]
    [InlineData(1u, 134)]
    [InlineData(3u, 10)]
    public async Task EXPORT_NAME_sends_its_zeroes_unless_the_client_agreed_to_do_without(uint clientFlags, int length)
    {
        await using var server = await TestServer.StartAsync();
        using var client = server.Connect().Greet(clientFlags);
        client.SendOption(NbdOption.ExportName, "disk"u8.ToArray());
        var reply = client.Read(length);
        Assert.Equal((ulong)TestServer.DefaultSize, BinaryPrimitives.ReadUInt64BigEndian(reply));
        Assert.Equal(0, BinaryPrimitives.ReadUInt16BigEndian(reply.AsSpan(8)) & (int)NbdTransmissionFlags.SendDf);
        Assert.All(reply[10..], zero => Assert.Equal(0, zero));
        Assert.Equal(NbdError.None, client.Write(0, [1]).Error);
    }

    [Fact]
    public async Task The_empty_name_finds_the_only_export_but_guesses_none_of_several()
    {
        await using var one = await TestServer.StartAsync();
        using var lucky = one.Connect().Go("");
        Assert.Equal((ulong)TestServer.DefaultSize, lucky.ExportSize);
        await using var two = await TestServer.StartAsync(TwoExports);
        using var client = two.Connect().Greet();
        Assert.Equal(NbdOptionReplyType.ErrUnknown, client.Ask(NbdOption.Go, RawClient.GoData("")));
    }

    [Fact]
    public async Task A_refused_option_leaves_the_next_one_readable()
    {
        await using var server = await TestServer.StartAsync();
        using var client = server.Connect().Greet();
        Assert.Equal(NbdOptionReplyType.ErrUnsup, client.Ask((NbdOption)77, new byte[1000]));
        Assert.Equal(NbdOptionReplyType.ErrUnsup, client.Ask((NbdOption)4));
        Assert.Equal(NbdOptionReplyType.ErrTooBig, client.Ask(NbdOption.List, new byte[(64 << 10) + 1]));
        Assert.Equal(NbdOptionReplyType.ErrInvalid, client.Ask(NbdOption.List, 1));
        Assert.Equal(NbdOptionReplyType.ErrInvalid, client.Ask(NbdOption.StructuredReply, 1));
        Assert.Equal(NbdOptionReplyType.ErrInvalid, client.Ask(NbdOption.ExtendedHeaders, 1));
        Assert.Equal(NbdOptionReplyType.ErrInvalid, client.Ask(NbdOption.StartTls, 1));
        Assert.Equal(NbdOptionReplyType.ErrPolicy, client.Ask(NbdOption.StartTls));
        Assert.Equal(NbdOptionReplyType.ErrUnknown, client.Ask(NbdOption.Go, RawClient.GoData("nowhere")));
        Assert.Equal(NbdOptionReplyType.ErrUnknown, client.Ask(NbdOption.Info, RawClient.GoData("disk ")));
        Assert.Equal(NbdOptionReplyType.ErrInvalid, client.Ask(NbdOption.SetMetaContext, RawClient.MetaContextData("disk", "base:allocation")));
        Assert.Equal(NbdOptionReplyType.Ack, client.Ask(NbdOption.ExtendedHeaders));
        Assert.Equal(NbdOptionReplyType.ErrExtHeaderReqd, client.Ask(NbdOption.StructuredReply));
        Assert.Equal(NbdOptionReplyType.ErrUnknown, client.Ask(NbdOption.SetMetaContext, RawClient.MetaContextData("nowhere", "base:allocation")));
        Assert.Equal(NbdOptionReplyType.ErrInvalid, client.Ask(NbdOption.SetMetaContext, RawClient.MetaContextData("disk", "nocolon")));
        Assert.Equal(NbdOptionReplyType.ErrInvalid, client.Ask(NbdOption.SetMetaContext, RawClient.MetaContextData("disk", ":leaf")));
        Assert.Equal(NbdOptionReplyType.Ack, client.Ask(NbdOption.Go, RawClient.GoData("disk")));
    }

    [Fact]
    public async Task Every_truncated_or_overlong_GO_is_invalid()
    {
        await using var server = await TestServer.StartAsync();
        using var client = server.Connect().Greet();
        var whole = RawClient.GoData("disk", NbdInfoType.BlockSize, NbdInfoType.Name);
        for (var length = 0; length < whole.Length; length++)
            Assert.Equal(NbdOptionReplyType.ErrInvalid, client.Ask(NbdOption.Info, whole[..length]));
        Assert.Equal(NbdOptionReplyType.ErrInvalid, client.Ask(NbdOption.Info, [.. whole, 0]));
        Assert.Equal(NbdOptionReplyType.ErrInvalid, client.Ask(NbdOption.Info, [0xff, 0xff, 0xff, 0xff, .. whole[4..]]));
        Assert.Equal(NbdOptionReplyType.ErrInvalid, client.Ask(NbdOption.Info, [0, 0, 0, 2, 0xc3, 0x28, 0, 0]));
        Assert.Equal(NbdOptionReplyType.ErrInvalid, client.Ask(NbdOption.Info, [0, 0, 0, 1, 0, 0, 0]));
        Assert.Equal(NbdOptionReplyType.Ack, client.Ask(NbdOption.Info, whole));
    }

    [Theory]
    [InlineData(NbdOption.ListMetaContext)]
    [InlineData(NbdOption.SetMetaContext)]
    internal async Task Every_truncated_or_overlong_metadata_query_is_invalid(NbdOption option)
    {
        await using var server = await TestServer.StartAsync();
        using var client = server.Connect().Greet();
        client.Choose(NbdReplyStyle.Structured);
        var whole = RawClient.MetaContextData("disk", "base:allocation", "base:");
        for (var length = 0; length < whole.Length; length++)
            Assert.Equal(NbdOptionReplyType.ErrInvalid, client.Ask(option, whole[..length]));
        Assert.Equal(NbdOptionReplyType.ErrInvalid, client.Ask(option, [.. whole, 0]));
        Assert.Equal(NbdOptionReplyType.ErrInvalid, client.Ask(option, [.. RawClient.Text("disk"), 0xff, 0xff, 0xff, 0xff]));
        Assert.Equal(NbdOptionReplyType.Ack, client.Ask(option, whole));
    }

    [Fact]
    public async Task A_client_that_stops_anywhere_in_the_handshake_leaves_the_server_serving_others()
    {
        await using var server = await TestServer.StartAsync();
        byte[] whole =
        [
            .. RawClient.UInt32(3), .. "IHAVEOPT"u8, .. RawClient.UInt32((uint)NbdOption.StructuredReply), .. RawClient.UInt32(0),
            .. "IHAVEOPT"u8, .. RawClient.UInt32((uint)NbdOption.Go), .. RawClient.UInt32(12), .. RawClient.GoData("disk", NbdInfoType.BlockSize),
        ];
        for (var length = 0; length <= whole.Length; length++)
        {
            using var client = server.Connect();
            client.Read(18);
            client.Send(whole[..length]);
        }
        await WaitFor.TrueAsync(() => server.Server.ConnectionCount == 0);
        using var next = server.Connect().Go();
        Assert.Equal(NbdError.None, next.Write(0, [1]).Error);
    }

    [Theory]
    [InlineData(4u)]
    [InlineData(0x8000_0003u)]
    public async Task Flags_that_were_not_offered_close_the_connection(uint flags)
    {
        await using var server = await TestServer.StartAsync();
        using var client = server.Connect().Greet(flags);
        client.AssertClosed();
    }

    [Theory]
    [InlineData("IHAVEOPX", NbdOption.List, 0u)]
    [InlineData("IHAVEOPT", NbdOption.List, 0x8000_0000u)]
    [InlineData("IHAVEOPT", NbdOption.List, (1u << 20) + 1)]
    [InlineData("IHAVEOPT", NbdOption.ExportName, 4u)]
    [InlineData("IHAVEOPT", NbdOption.ExportName, 4097u)]
    internal async Task What_cannot_be_answered_closes_the_connection(string magic, NbdOption option, uint length)
    {
        await using var server = await TestServer.StartAsync();
        using var client = server.Connect().Greet();
        client.Send([.. Encoding.ASCII.GetBytes(magic), .. RawClient.UInt32((uint)option), .. RawClient.UInt32(length), .. "nope"u8]);
        client.AssertClosed();
    }

    [Fact]
    public async Task EXPORT_NAME_after_extended_headers_closes_the_connection()
    {
        await using var server = await TestServer.StartAsync();
        using var client = server.Connect().Greet();
        client.Choose(NbdReplyStyle.Extended);
        client.SendOption(NbdOption.ExportName, "disk"u8.ToArray());
        client.AssertClosed();
    }

    [Fact]
    public async Task ABORT_is_acknowledged_even_with_data_and_ends_the_connection()
    {
        await using var server = await TestServer.StartAsync();
        using var client = server.Connect().Greet();
        Assert.Equal(NbdOptionReplyType.Ack, client.Ask(NbdOption.Abort, 1, 2, 3));
        client.AssertClosed();
    }

    [Fact]
    public async Task A_client_that_takes_too_long_to_choose_is_dropped()
    {
        var time = new FakeTimeProvider();
        await using var server = await TestServer.StartAsync(
            new MemoryBlockDevice(4096), new NbdServerOptions { HandshakeTimeout = TimeSpan.FromSeconds(5) }, time);
        using var slow = server.Connect().Greet();
        using var quick = server.Connect().Go();
        Assert.Equal(NbdOptionReplyType.Ack, slow.Ask(NbdOption.List));
        // Only who has had an answer to a request is certain that the server has done with his handshake.
        Assert.Equal(NbdError.None, quick.Write(0, [1]).Error);
        time.Advance(TimeSpan.FromSeconds(6));
        slow.AssertClosed();
        Assert.Equal(NbdError.None, quick.Write(0, [1]).Error);
    }

    [Fact]
    public async Task A_client_beyond_the_limit_is_turned_away_and_a_place_that_gets_free_is_given_again()
    {
        await using var server = await TestServer.StartAsync(new MemoryBlockDevice(4096), new NbdServerOptions { MaxConnections = 1 });
        using (server.Connect().Go())
        {
            using var second = server.Connect();
            second.AssertClosed();
        }
        await WaitFor.TrueAsync(() => server.Server.ConnectionCount == 0);
        using var third = server.Connect().Go();
    }
}
