using System.Diagnostics;
using Ankole.Core;
using Ankole.Testing;

namespace Ankole.Nfs.Tests.Sessions;

/// <summary>A server that breaks off, forgets, answers late or wrongly at a chosen moment: each change is made once, or fails with a clear error in time.</summary>
public sealed class FaultTests
{
    private static readonly CancellationToken None = TestContext.Current.CancellationToken;
    private static readonly byte[] Content = [.. Enumerable.Range(0, 5000).Select(i => (byte)i)];
    private static readonly byte[] Long = [.. Enumerable.Range(0, 300_000).Select(i => (byte)(i * 7))];

    public static TheoryData<int> Faults() => new(Enumerable.Range(0, 7));

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task A_rename_whose_answer_is_lost_is_carried_out_once(int which)
    {
        await using var server = new FakeServer();
        await using var client = await server.ConnectAsync();
        Once(server, NfsOperation.Rename, FaultNumber(which));

        await client.WriteFileAsync("f", Content, None);

        Assert.Equal(["Open f.tmp", "Rename f.tmp f"], server.Files.Done);
        Assert.Equal(Content, server.Files.Names["f"].Stable);
        Assert.Equal(1, server.Files.SessionsMade);
    }

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task A_file_of_many_requests_survives_a_fault_in_any_of_them(int which)
    {
        await using var server = new FakeServer();
        await using var client = await server.ConnectAsync();
        foreach (var operation in new[] { NfsOperation.Open, NfsOperation.Write, NfsOperation.Commit, NfsOperation.Rename })
        {
            server.Files.ForgetDone();
            Once(server, operation, FaultNumber(which));
            await client.WriteFileAsync($"{operation}", Long, None);
            Assert.Equal([$"Open {operation}.tmp", $"Rename {operation}.tmp {operation}"], server.Files.Done);
            Assert.Equal(Long, server.Files.Names[$"{operation}"].Stable);
            using var read = await client.ReadFileAsync($"{operation}", Long.Length, None);
            Assert.True(Long.AsSpan().SequenceEqual(read!.Memory.Span));
        }
    }

    private static Fault FaultNumber(int which) => which switch
    {
        0 => Fault.CloseBefore,
        1 => Fault.CloseAfter,
        2 => Fault.CloseAfterBytes(3),
        3 => Fault.CloseAfterBytes(60),
        4 => Fault.WrongXid,
        5 => Fault.Garbage(0xff, 0xff, 0xff, 0xff, 1, 2, 3),
        _ => Fault.Delay(TimeSpan.FromSeconds(1.4)),
    };

    [Theory]
    [InlineData(NfsOperation.Write)]
    [InlineData(NfsOperation.Commit)]
    public async Task A_restart_between_the_writes_and_their_commit_makes_the_file_be_written_again(NfsOperation moment)
    {
        await using var server = new FakeServer();
        await using var client = await server.ConnectAsync();
        var hits = 0;
        server.OnCall = (operations, _) =>
        {
            if (operations.Contains(moment) && !operations.Contains(NfsOperation.Rename) && ++hits == 2 - (moment == NfsOperation.Commit ? 1 : 0))
                server.Files.Restart();
            return Fault.None;
        };

        await client.WriteFileAsync("f", Long, None);

        Assert.Equal(Long, server.Files.Names["f"].Stable);
        Assert.Equal(2, server.Files.SessionsMade);
    }

    [Fact]
    public async Task A_verifier_that_changed_without_a_lost_session_makes_the_file_be_written_again()
    {
        await using var server = new FakeServer();
        await using var client = await server.ConnectAsync();
        var first = true;
        server.OnCall = (operations, _) =>
        {
            if (first && operations.Contains(NfsOperation.Commit) && !operations.Contains(NfsOperation.Write))
            {
                first = false;
                server.Files.Verifier++;
                foreach (var file in server.Files.ById.Values)
                    file.Volatile = new byte[file.Volatile.Length];
            }
            return Fault.None;
        };

        await client.WriteFileAsync("f", Long, None);

        Assert.Equal(["Open f.tmp", "Open f.tmp"], server.Files.Done.Where(done => done.StartsWith("Open", StringComparison.Ordinal)));
        Assert.Equal(Long, server.Files.Names["f"].Stable);
    }

    [Fact]
    public async Task A_server_that_loses_every_write_is_an_error_and_the_file_stays_as_it_was()
    {
        await using var server = new FakeServer();
        await using var client = await server.ConnectAsync();
        await client.WriteFileAsync("f", Content, None);
        server.OnCall = (operations, _) =>
        {
            if (operations.Contains(NfsOperation.Commit) && !operations.Contains(NfsOperation.Write))
                server.Files.Verifier++;
            return Fault.None;
        };
        var error = await Assert.ThrowsAsync<NfsException>(async () => await client.WriteFileAsync("f", Long, None));
        Assert.Contains("lost the unstable writes of 'f' 5 times in a row", error.Message);
        Assert.Equal(Content, server.Files.Names["f"].Stable);
    }

    [Theory]
    [InlineData(NfsStatus.BadSession)]
    [InlineData(NfsStatus.DeadSession)]
    [InlineData(NfsStatus.BadSlot)]
    [InlineData(NfsStatus.SeqMisordered)]
    [InlineData(NfsStatus.StaleClientId)]
    public async Task A_lost_session_is_made_again(NfsStatus status)
    {
        await using var server = new FakeServer();
        await using var client = await server.ConnectAsync();
        Once(server, NfsOperation.Rename, Fault.Status(NfsOperation.Sequence, status));
        await client.WriteFileAsync("f", Content, None);
        Assert.Equal(2, server.Files.SessionsMade);
        Assert.Equal(["Open f.tmp", "Rename f.tmp f"], server.Files.Done);
    }

    [Fact]
    public async Task A_session_lost_together_with_the_answer_to_a_rename_is_seen_through()
    {
        await using var server = new FakeServer();
        await using var client = await server.ConnectAsync();
        var hits = 0;
        server.OnCall = (operations, _) =>
        {
            if (!operations.Contains(NfsOperation.Rename))
                return Fault.None;
            hits++;
            if (hits == 1)
                return Fault.CloseAfter;
            if (hits == 2)
                server.Files.Restart();
            return Fault.None;
        };
        await client.WriteFileAsync("f", Content, None);
        Assert.Equal(["Open f.tmp", "Rename f.tmp f"], server.Files.Done);
        Assert.Equal(Content, server.Files.Names["f"].Stable);
    }

    [Fact]
    public async Task A_winner_whose_answer_and_session_were_lost_still_knows_that_it_won()
    {
        await using var server = new FakeServer();
        await using var client = await server.ConnectAsync();
        var hits = 0;
        server.OnCall = (operations, _) =>
        {
            if (!operations.Contains(NfsOperation.Link))
                return Fault.None;
            if (++hits == 1)
                return Fault.CloseAfterBytes(9);
            if (hits == 2)
                server.Files.Restart();
            return Fault.None;
        };
        // The temporary name went with the first sending; the second finds the handle's file under its final name.
        Assert.True(await client.CreateFileAsync("lock", Content, None));
        Assert.False(await client.CreateFileAsync("lock", Content, None));
        Assert.Single(server.Files.Done, done => done == "Link lock");
    }

    [Fact]
    public async Task Where_links_are_not_supported_the_file_is_created_exclusively()
    {
        await using var server = new FakeServer();
        server.Files.AllowsLinks = false;
        await using var client = await server.ConnectAsync();
        Assert.True(await client.CreateFileAsync("lock", Content, None));
        Assert.False(await client.CreateFileAsync("lock", Content, None));
        Assert.Equal(Content, server.Files.Names["lock"].Stable);
    }

    [Theory]
    [InlineData(NfsStatus.Expired)]
    [InlineData(NfsStatus.BadStateId)]
    [InlineData(NfsStatus.StaleStateId)]
    [InlineData(NfsStatus.AdminRevoked)]
    public async Task Open_state_that_expired_makes_the_file_be_opened_again(NfsStatus status)
    {
        await using var server = new FakeServer();
        await using var client = await server.ConnectAsync();
        Once(server, NfsOperation.Write, Fault.Status(NfsOperation.Write, status));
        await client.WriteFileAsync("f", Long, None);
        Assert.Equal(Long, server.Files.Names["f"].Stable);
    }

    [Theory]
    [InlineData(NfsOperation.Open, NfsStatus.Delay)]
    [InlineData(NfsOperation.Open, NfsStatus.Grace)]
    [InlineData(NfsOperation.Sequence, NfsStatus.Delay)]
    public async Task A_server_that_asks_for_time_gets_it(NfsOperation operation, NfsStatus status)
    {
        await using var server = new FakeServer();
        await using var client = await server.ConnectAsync();
        Once(server, NfsOperation.Open, Fault.Status(operation, status));
        await client.WriteFileAsync("f", Content, None);
        Assert.Equal(["Open f.tmp", "Rename f.tmp f"], server.Files.Done);
    }

    [Theory]
    [InlineData(NfsStatus.Delay, "has asked to wait (NFS4ERR_DELAY) for 4 s")]
    [InlineData(NfsStatus.Grace, "is still in its grace period after 2.5 s")]
    public async Task A_server_that_asks_for_time_for_ever_is_an_error(NfsStatus status, string message)
    {
        await using var server = new FakeServer();
        await using var client = await server.ConnectAsync(options => options with { Deadline = TimeSpan.FromSeconds(4) });
        // An answer takes longer than the moment that is left at the end, however long that is.
        var busy = Fault.Status(NfsOperation.Open, status) with { Pause = TimeSpan.FromMilliseconds(300) };
        server.OnCall = (operations, _) => operations.Contains(NfsOperation.Open) ? busy : Fault.None;
        var clock = Stopwatch.StartNew();
        var error = await Assert.ThrowsAsync<NfsException>(async () => await client.WriteFileAsync("f", Content, None));
        Assert.Contains(message, error.Message);
        Assert.InRange(clock.Elapsed.TotalSeconds, 1, 60);
    }

    [Fact]
    public async Task A_server_that_accepts_and_hangs_up_for_ever_is_an_error_at_the_deadline_and_is_not_hammered()
    {
        await using var server = new FakeServer();
        // Slow until the client has come back twice: on a busy machine that may take longer than the deadline.
        var time = new PacedTime(PacedTime.Slow);
        await using var client = await server.ConnectAsync(options => options with { Deadline = TimeSpan.FromSeconds(1.5), TimeProvider = time });
        var before = server.Calls;
        server.OnCall = (_, call) =>
        {
            if (call == before + 2)
                time.Pace = 1;
            return Fault.CloseBefore;
        };
        var clock = Stopwatch.StartNew();
        var error = await Assert.ThrowsAsync<NfsException>(async () => await client.StatAsync("f", None));
        Assert.Contains("did not answer within 1.5 s (last: ", error.Message);
        Assert.InRange(clock.Elapsed.TotalSeconds, 1, 60);
        Assert.InRange(server.Calls - before, 2, 20);
    }

    [Theory]
    [InlineData(NfsOperation.ExchangeId, NfsStatus.MinorVersMismatch, "does not speak NFSv4.1: enable minor version 1 there")]
    [InlineData(NfsOperation.CreateSession, NfsStatus.WrongCred, "does not let this client in with sec=sys")]
    [InlineData(NfsOperation.CreateSession, NfsStatus.NoSpc, "gives no session (CreateSession: NFS4ERR_NOSPC)")]
    public async Task A_server_without_sessions_for_us_says_why(NfsOperation operation, NfsStatus status, string message)
    {
        await using var server = new FakeServer { OnCall = (_, _) => Fault.Status(operation, status) };
        var error = await Assert.ThrowsAsync<NfsException>(() => server.ConnectAsync());
        Assert.Contains(message, error.Message);
    }

    [Fact]
    public async Task What_is_no_NFS_server_is_called_that()
    {
        await using var server = new FakeServer { OnCall = (_, _) => Fault.Garbage("SSH-2.0-OpenSSH_9.2\r\n"u8.ToArray()) };
        var error = await Assert.ThrowsAsync<NfsException>(() => server.ConnectAsync());
        Assert.Equal(ErrorKind.Unavailable, error.Kind);
        Assert.Contains($"127.0.0.1:{server.Port} does not speak NFS (the server announced a record of", error.Message);
    }

    [Fact]
    public async Task A_slot_given_up_in_mid_flight_is_asked_about_and_used_again()
    {
        await using var server = new FakeServer();
        await using var client = await server.ConnectAsync(options => options with { MaxRequestsInFlight = 1 });
        using var stop = new CancellationTokenSource();
        Once(server, NfsOperation.Rename, Fault.CloseAfter, also: stop.Cancel);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await client.WriteFileAsync("f", Content, stop.Token));
        for (var i = 0; i < 3; i++)
            await client.WriteFileAsync($"g{i}", Content, None);
        Assert.Equal(1, server.Files.SessionsMade);
    }

    /// <summary>The next call that holds <paramref name="operation"/> meets with <paramref name="fault"/>, and no other.</summary>
    private static void Once(FakeServer server, NfsOperation operation, Fault fault, Action? also = null)
    {
        var met = false;
        server.OnCall = (operations, _) =>
        {
            if (met || !operations.Contains(operation))
                return Fault.None;
            met = true;
            also?.Invoke();
            return fault;
        };
    }
}
