using Ankole.Core;
using Ankole.Testing;

namespace Ankole.Nbd.Tests;

public sealed class ConcurrencyTests
{
    private const int Small = 4096;

    [Fact]
    public async Task Requests_overlap_when_the_device_takes_its_time_and_replies_come_as_they_get_ready()
    {
        var device = new GatedDevice(new MemoryBlockDevice(TestServer.DefaultSize));
        await using var server = await TestServer.StartAsync(device);
        using var client = server.Connect().Go();
        var cookies = Enumerable.Range(0, 32).Select(i => client.SendRequest(NbdCommand.Read, (ulong)(i * Small), Small)).ToList();
        await WaitFor.TrueAsync(() => device.Waiting == 32);
        device.Release(31 * Small);
        Assert.Equal(cookies[31], client.ReadReply().Cookie);
        device.ReleaseAll();
        Assert.Equal(cookies[..31].Order(), Enumerable.Range(0, 31).Select(_ => client.ReadReply().Cookie).Order());
    }

    [Theory]
    [InlineData(4, 64 << 20, 4)]
    [InlineData(64, 3 * Small, 3)]
    [InlineData(64, 10, 1)]
    public async Task The_server_stops_reading_at_the_bound_and_goes_on_when_there_is_room(int maxInFlight, long maxBytes, int expected)
    {
        var device = new GatedDevice(new MemoryBlockDevice(TestServer.DefaultSize));
        await using var server = await TestServer.StartAsync(
            device, new NbdServerOptions { MaxInFlight = maxInFlight, MaxInFlightBytes = maxBytes });
        using var client = server.Connect().Go();
        for (var i = 0; i < 20; i++)
            client.SendRequest(i % 2 == 0 ? NbdCommand.Read : NbdCommand.Write, (ulong)(i * Small), Small, payload: i % 2 == 0 ? null : new byte[Small]);
        await WaitFor.TrueAsync(() => device.Waiting == expected);
        await Task.Delay(100);
        Assert.Equal(expected, device.Waiting);
        device.ReleaseAll();
        for (var i = 0; i < 20; i++)
            Assert.Equal(NbdError.None, client.ReadReply().Error);
        Assert.Equal(expected, device.MostWaiting);
    }

    [Fact]
    public async Task A_flush_on_one_connection_covers_what_was_completed_on_another()
    {
        var device = new VolatileDevice(1 << 20);
        await using var server = await TestServer.StartAsync(device);
        using var a = server.Connect().Go();
        using var b = server.Connect().Go();
        Assert.True(a.Flags.HasFlag(NbdTransmissionFlags.CanMultiConn));
        Assert.Equal(NbdError.None, a.Write(0, [1, 2, 3, 4]).Error);
        Assert.Equal([1, 2, 3, 4], b.Request(NbdCommand.Read, 0, 4).Data);
        Assert.Equal([0, 0, 0, 0], device.AfterPowerLoss(0, 4));
        Assert.Equal(NbdError.None, b.Request(NbdCommand.Flush, 0, 0).Error);
        Assert.Equal([1, 2, 3, 4], device.AfterPowerLoss(0, 4));
        Assert.Equal(NbdError.None, a.Write(4, [5], NbdCommandFlags.Fua).Error);
        Assert.Equal([5], device.AfterPowerLoss(4, 1));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_client_that_does_not_read_its_replies_holds_up_nobody_else(bool answersAtOnce)
    {
        var memory = new MemoryBlockDevice(64 << 20);
        for (var i = 0; i < 48; i++)
            await memory.WriteAsync(i << 20, Enumerable.Repeat((byte)(i + 1), 1 << 20).ToArray(), default);
        IBlockDevice device = answersAtOnce ? memory : new FaultyDevice(memory, async (_, _, _) => await Task.Yield());
        await using var server = await TestServer.StartAsync(device);
        using var lazy = server.Connect().Go();
        var cookies = Enumerable.Range(0, 48).Select(i => lazy.SendRequest(NbdCommand.Read, (ulong)i << 20, 1 << 20)).ToList();
        for (var round = 0; round < 20; round++)
        {
            using var busy = server.Connect().Go();
            Assert.Equal(NbdError.None, busy.Request(NbdCommand.Read, 0, 65536).Error);
        }
        for (var i = 0; i < 48; i++)
        {
            var reply = lazy.ReadReply();
            var index = cookies.IndexOf(reply.Cookie);
            Assert.True(reply.Data.AsSpan().IndexOfAnyExcept((byte)(index + 1)) < 0 && reply.Data.Length == 1 << 20);
        }
    }

    [Fact]
    public async Task A_client_that_vanishes_with_requests_in_flight_costs_nobody_anything()
    {
        var device = new GatedDevice(new MemoryBlockDevice(TestServer.DefaultSize));
        await using var server = await TestServer.StartAsync(device);
        using (var client = server.Connect().Go())
        {
            for (var i = 0; i < 16; i++)
                client.SendRequest(NbdCommand.Read, (ulong)(i * Small), Small);
            await WaitFor.TrueAsync(() => device.Waiting == 16);
        }
        await Task.Delay(50);
        Assert.Equal(1, server.Server.ConnectionCount);
        device.ReleaseAll();
        await WaitFor.TrueAsync(() => server.Server.ConnectionCount == 0);
        using var next = server.Connect().Go();
        Assert.Equal(NbdError.None, next.Request(NbdCommand.Read, 0, Small).Error);
    }

    [Fact]
    public async Task Replies_that_get_ready_on_other_threads_are_all_sent_before_the_connection_ends()
    {
        for (var round = 0; round < 20; round++)
        {
            var device = new GatedDevice(new MemoryBlockDevice(TestServer.DefaultSize));
            await using var server = await TestServer.StartAsync(device);
            using var client = server.Connect().Go();
            var cookies = Enumerable.Range(0, 8).Select(i => client.SendRequest(NbdCommand.Read, (ulong)(i * Small), Small)).ToList();
            client.EndSending();
            await WaitFor.TrueAsync(() => device.Waiting == 8);
            device.ReleaseAll();
            Assert.Equal(cookies, cookies.Select(_ => client.ReadReply().Cookie).Order());
            client.AssertClosed();
        }
    }

    [Fact]
    public async Task A_stopping_server_finishes_what_runs_and_answers_the_rest_with_ESHUTDOWN()
    {
        var device = new GatedDevice(new MemoryBlockDevice(TestServer.DefaultSize));
        var time = new WatchedTime();
        var options = new NbdServerOptions { MaxInFlight = 2, ShutdownTimeout = TimeSpan.FromSeconds(77) };
        await using var server = await TestServer.StartAsync(device, options, time);
        using var client = server.Connect().Go();
        using var idle = server.Connect().Go();
        using var haggling = server.Connect().Greet();
        client.SendRequest(NbdCommand.Write, 0, 4, payload: [1, 2, 3, 4]);
        client.SendRequest(NbdCommand.Write, 4096, 4, payload: [1, 2, 3, 4]);
        var waiting = client.SendRequest(NbdCommand.Flush, 0, 0);
        var last = client.SendRequest(NbdCommand.Write, 0, 4, payload: [5, 6, 7, 8]);
        await WaitFor.TrueAsync(() => device.Waiting == 2);

        var stopping = server.Server.StopAsync(CancellationToken.None);
        idle.AssertClosed();
        haggling.AssertClosed();
        // The limit is set when every connection has been told.
        await time.WhenSetAsync(options.ShutdownTimeout, 1, TestContext.Current.CancellationToken);
        Assert.False(stopping.IsCompleted);
        device.ReleaseAll();
        var replies = Enumerable.Range(0, 4).Select(_ => client.ReadReply()).ToDictionary(reply => reply.Cookie, reply => reply.Error);
        // The flush had to wait for room: whether it was looked at before the server began to stop, nobody can tell.
        Assert.True(replies[waiting] is NbdError.None or NbdError.ESHUTDOWN, $"{replies[waiting]}");
        Assert.Equal(NbdError.ESHUTDOWN, replies[last]);
        Assert.All(replies.Where(reply => reply.Key != waiting && reply.Key != last), reply => Assert.Equal(NbdError.None, reply.Value));
        client.AssertClosed();
        await stopping;
        Assert.False(File.Exists(server.SocketPath));
    }

    [Fact]
    public async Task A_request_that_never_ends_is_cancelled_when_the_time_to_stop_is_over()
    {
        var device = new FaultyDevice(new MemoryBlockDevice(4096), async (_, _, token) => await Task.Delay(Timeout.Infinite, token));
        await using var server = await TestServer.StartAsync(device, new NbdServerOptions { ShutdownTimeout = TimeSpan.FromMilliseconds(100) });
        using var client = server.Connect().Go();
        client.SendRequest(NbdCommand.Read, 0, 1);
        await server.Server.StopAsync(CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(60));
        Assert.Equal(0, server.Server.ConnectionCount);
    }

    [Theory]
    [InlineData("full", NbdError.ENOSPC, "no space left on the device")]
    [InlineData("damaged", NbdError.EIO, "block 7 is damaged")]
    [InlineData("input", NbdError.EINVAL, "not like this")]
    [InlineData("bug", NbdError.EIO, "the device failed")]
    internal async Task A_device_that_fails_fails_one_request(string failure, NbdError error, string message)
    {
        var fails = true;
        var device = new FaultyDevice(new MemoryBlockDevice(4096), (_, _, _) => !fails ? default : throw (failure switch
        {
            "full" => new IOException("disk full", 28),
            "damaged" => new AnkoleException(ErrorKind.Damaged, "block 7 is damaged"),
            "input" => new InvalidInputException("not like this"),
            _ => new InvalidOperationException("secret details"),
        }));
        await using var server = await TestServer.StartAsync(device);
        using var client = server.Connect().Go("disk", NbdReplyStyle.Structured, "base:allocation");
        foreach (var command in (NbdCommand[])[NbdCommand.Read, NbdCommand.WriteZeroes, NbdCommand.Trim, NbdCommand.Cache, NbdCommand.BlockStatus])
        {
            var reply = client.Request(command, 0, 512);
            Assert.Equal((error, message), (reply.Error, reply.Message));
        }
        Assert.Equal(error, client.Write(0, [1]).Error);
        Assert.Equal(error, client.Request(NbdCommand.Flush, 0, 0).Error);
        fails = false;
        Assert.Equal(NbdError.None, client.Write(0, [1]).Error);
    }
}
