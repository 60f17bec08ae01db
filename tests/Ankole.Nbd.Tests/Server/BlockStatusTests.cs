using Ankole.Core;
using Ankole.Testing;

namespace Ankole.Nbd.Tests;

public sealed class BlockStatusTests
{
    private const ulong HoleZero = 3;

    /// <summary>Data at [8192, 16384) and [20480, 24576) of 1 MiB.</summary>
    private static async Task<MemoryBlockDevice> DeviceAsync()
    {
        var device = new MemoryBlockDevice(TestServer.DefaultSize);
        await device.WriteAsync(8192, new byte[8192], default);
        await device.WriteAsync(20480, new byte[4096], default);
        return device;
    }

    private static async Task<TestServer> ServerAsync(int minimumBlockSize = 1) => await TestServer.StartAsync(
    [
        new NbdExport("disk", await DeviceAsync())
        {
            MinimumBlockSize = minimumBlockSize,
            Changes = new FixedChanges(("snap-2", [new(4096, 100)]), ("snap-1", [new(0, 8192), new(12288, 4096)])),
        },
    ]);

    [Theory]
    [InlineData(NbdReplyStyle.Structured)]
    [InlineData(NbdReplyStyle.Extended)]
    internal async Task Allocation_is_told_for_exactly_the_range_with_neighbours_merged(NbdReplyStyle style)
    {
        await using var server = await ServerAsync();
        using var client = server.Connect().Go("disk", style, "base:allocation");
        Assert.Equal(
            [(8192, HoleZero), (8192, 0), (4096, HoleZero), (4096, 0), (TestServer.DefaultSize - 24576, HoleZero)],
            client.Request(NbdCommand.BlockStatus, 0, TestServer.DefaultSize).Status[1]);
        Assert.Equal([(92, HoleZero), (8, 0)], client.Request(NbdCommand.BlockStatus, 8100, 100).Status[1]);
    }

    [Theory]
    [InlineData(NbdReplyStyle.Structured)]
    [InlineData(NbdReplyStyle.Extended)]
    internal async Task REQ_ONE_tells_one_extent_that_does_not_leave_the_request(NbdReplyStyle style)
    {
        await using var server = await ServerAsync();
        using var client = server.Connect().Go("disk", style, "base:allocation");
        Assert.Equal([(8192, HoleZero)], client.Request(NbdCommand.BlockStatus, 0, 100_000, NbdCommandFlags.ReqOne).Status[1]);
        Assert.Equal([(100, HoleZero)], client.Request(NbdCommand.BlockStatus, 0, 100, NbdCommandFlags.ReqOne).Status[1]);
        Assert.Equal([(8192, 0)], client.Request(NbdCommand.BlockStatus, 8192, 100_000, NbdCommandFlags.ReqOne).Status[1]);
    }

    [Theory]
    [InlineData(NbdReplyStyle.Structured)]
    [InlineData(NbdReplyStyle.Extended)]
    internal async Task Changes_since_a_snapshot_are_a_context_of_their_own(NbdReplyStyle style)
    {
        await using var server = await ServerAsync();
        using var client = server.Connect().Go("disk", style, "base:allocation", "ankole:changed:snap-1");
        var status = client.Request(NbdCommand.BlockStatus, 0, 65536).Status;
        Assert.Equal([1u, 2u], status.Keys.Order());
        Assert.Equal([(8192, 1), (4096, 0), (4096, 1), (49152, 0)], status[2]);
        Assert.Equal([(10, 1), (90, 0)], client.Request(NbdCommand.BlockStatus, 8182, 100).Status[2]);
    }

    [Fact]
    public async Task Wildcards_list_contexts_and_select_none()
    {
        await using var server = await ServerAsync();
        using var client = server.Connect().Greet();
        client.Choose(NbdReplyStyle.Structured);
        string[] all = ["base:allocation", "ankole:changed:snap-2", "ankole:changed:snap-1"];
        Assert.Equal(all, Ask(NbdOption.ListMetaContext));
        Assert.Equal(all[..1], Ask(NbdOption.ListMetaContext, "base:"));
        Assert.Equal(all[1..], Ask(NbdOption.ListMetaContext, "ankole:"));
        Assert.Equal(all[1..], Ask(NbdOption.ListMetaContext, "ankole:changed:"));
        Assert.Equal(all[2..], Ask(NbdOption.ListMetaContext, "ankole:changed:snap-1", "other:", "qemu:dirty-bitmap:x"));
        Assert.Empty(Ask(NbdOption.ListMetaContext, "ankole:changed:snap"));
        Assert.Empty(Ask(NbdOption.SetMetaContext));
        Assert.Empty(Ask(NbdOption.SetMetaContext, "base:", "ankole:", "ankole:changed:", "base:unknown", "other:x"));
        Assert.Equal(all, Ask(NbdOption.SetMetaContext, all));

        string[] Ask(NbdOption option, params string[] queries)
        {
            client.SendOption(option, RawClient.MetaContextData("disk", queries));
            var replies = client.ReadReplies(option);
            Assert.Equal(NbdOptionReplyType.Ack, replies[^1].Type);
            return [.. replies[..^1].Select(reply => System.Text.Encoding.UTF8.GetString(reply.Data, 4, reply.Data.Length - 4))];
        }
    }

    [Fact]
    public async Task Contexts_selected_for_another_export_or_replaced_by_a_failed_choice_do_not_count()
    {
        await using var server = await TestServer.StartAsync([new NbdExport("disk", await DeviceAsync()), new NbdExport("other", await DeviceAsync())]);
        using var wrong = server.Connect().Greet();
        wrong.Choose(NbdReplyStyle.Structured);
        Assert.Equal(NbdOptionReplyType.Ack, wrong.Ask(NbdOption.SetMetaContext, RawClient.MetaContextData("other", "base:allocation")));
        Assert.Equal(NbdOptionReplyType.Ack, wrong.Ask(NbdOption.Go, RawClient.GoData("disk")));
        Assert.Equal(NbdError.EINVAL, wrong.Request(NbdCommand.BlockStatus, 0, 512).Error);

        using var failed = server.Connect().Greet();
        failed.Choose(NbdReplyStyle.Structured);
        Assert.Equal(NbdOptionReplyType.Ack, failed.Ask(NbdOption.SetMetaContext, RawClient.MetaContextData("disk", "base:allocation")));
        Assert.Equal(NbdOptionReplyType.ErrInvalid, failed.Ask(NbdOption.SetMetaContext, RawClient.MetaContextData("disk", "broken")));
        Assert.Equal(NbdOptionReplyType.Ack, failed.Ask(NbdOption.Go, RawClient.GoData("disk")));
        Assert.Equal(NbdError.EINVAL, failed.Request(NbdCommand.BlockStatus, 0, 512).Error);
    }

    [Fact]
    public async Task More_contexts_than_the_limit_are_too_big()
    {
        var names = Enumerable.Range(0, 20).Select(i => $"s{i}").ToArray();
        await using var server = await TestServer.StartAsync(
            [new NbdExport("disk", await DeviceAsync()) { Changes = new FixedChanges([.. names.Select(name => (name, Array.Empty<ByteRange>()))]) }]);
        using var client = server.Connect().Greet();
        client.Choose(NbdReplyStyle.Structured);
        var data = RawClient.MetaContextData("disk", [.. names.Select(name => "ankole:changed:" + name)]);
        Assert.Equal(NbdOptionReplyType.ErrTooBig, client.Ask(NbdOption.SetMetaContext, data));
        Assert.Equal(NbdOptionReplyType.Ack, client.Ask(NbdOption.ListMetaContext, data));
    }

    [Fact]
    public async Task Extents_are_rounded_to_the_minimum_block_size_on_the_safe_side()
    {
        // Of a block that is partly data all counts as data; of one that is partly changed all counts as changed.
        await using var server = await ServerAsync(minimumBlockSize: 16384);
        using var client = server.Connect().Go("disk", NbdReplyStyle.Structured, "base:allocation", "ankole:changed:snap-2");
        var status = client.Request(NbdCommand.BlockStatus, 0, 65536).Status;
        Assert.Equal([(32768, 0), (32768, HoleZero)], status[1]);
        Assert.Equal([(16384, 1), (49152, 0)], status[2]);
    }

    [Fact]
    public async Task A_payload_restricts_the_answer_to_the_contexts_it_names()
    {
        await using var server = await ServerAsync();
        using var client = server.Connect().Go("disk", NbdReplyStyle.Extended, "base:allocation", "ankole:changed:snap-1");
        Assert.True(client.Flags.HasFlag(NbdTransmissionFlags.BlockStatusPayload));
        byte[] payload = [.. RawClient.UInt64(8192), .. RawClient.UInt32(2)];
        var reply = client.Request(NbdCommand.BlockStatus, 0, 12, payload: payload);
        Assert.Equal([(8192, 1)], Assert.Single(reply.Status).Value);
        foreach (var bad in (byte[][])[payload[..8], payload[..11], [.. payload, .. RawClient.UInt32(2)], [.. payload, .. RawClient.UInt32(9)], [.. RawClient.UInt64(8192), .. RawClient.UInt32(0)], [.. RawClient.UInt64(1 << 21), .. RawClient.UInt32(1)]])
            Assert.Equal(NbdError.EINVAL, client.Request(NbdCommand.BlockStatus, 0, (ulong)bad.Length, payload: bad).Error);
        Assert.Equal(2, client.Request(NbdCommand.BlockStatus, 0, 8192).Status.Count);
    }

    [Theory]
    [InlineData(NbdReplyStyle.Structured)]
    [InlineData(NbdReplyStyle.Extended)]
    internal async Task A_status_beyond_the_end_or_of_no_length_is_invalid(NbdReplyStyle style)
    {
        await using var server = await ServerAsync();
        using var client = server.Connect().Go("disk", style, "base:allocation");
        Assert.Equal(NbdError.EINVAL, client.Request(NbdCommand.BlockStatus, 1, TestServer.DefaultSize).Error);
        Assert.Equal(NbdError.EINVAL, client.Request(NbdCommand.BlockStatus, 0, 0).Error);
        Assert.Equal(NbdError.EINVAL, client.Request(NbdCommand.BlockStatus, 0, 1, NbdCommandFlags.NoHole).Error);
    }

    [Fact]
    public async Task A_hole_of_terabytes_is_one_extent_with_extended_headers()
    {
        await using var server = await TestServer.StartAsync(new MemoryBlockDevice(1L << 45));
        using var client = server.Connect().Go("disk", NbdReplyStyle.Extended, "base:allocation");
        Assert.Equal([(1UL << 45, HoleZero)], client.Request(NbdCommand.BlockStatus, 0, 1UL << 45).Status[1]);
    }

    [Fact]
    public async Task A_very_fragmented_range_is_told_in_bounded_pieces()
    {
        var device = new MemoryBlockDevice(1 << 20, pageSize: 1);
        for (var i = 0; i < 140_000; i += 2)
            await device.WriteAsync(i, new byte[] { 1 }, default);
        await using var server = await TestServer.StartAsync(device);
        using var client = server.Connect().Go("disk", NbdReplyStyle.Structured, "base:allocation");
        var first = client.Request(NbdCommand.BlockStatus, 0, 1 << 20).Status[1];
        Assert.Equal(65536, first.Count);
        Assert.Equal((1ul, HoleZero), first[^1]);
    }
}
