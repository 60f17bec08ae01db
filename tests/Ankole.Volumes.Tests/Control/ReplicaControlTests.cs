using Ankole.Core;

namespace Ankole.Volumes.Tests;

public sealed class ReplicaControlTests
{
    private static CancellationToken None => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_served_replica_is_commanded_through_its_process()
    {
        using var directory = new TemporaryDirectory();
        // Longer than any socket address.
        var path = directory[Path.Combine(new string('a', 60), new string('b', 60), "replica")];
        await Replica.CreateAsync(path, 4 << 20, new ReplicaOptions(), None);
        await using var replica = await Replica.OpenAsync(path, new ReplicaOptions(), None);
        var clients = 0;
        await using var server = ReplicaControlServer.Start(replica, () => Volatile.Read(ref clients));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(path, "ankole.control")) & (UnixFileMode)0x1FF);

        await using var commands = await ReplicaCommands.OpenAsync(path, new ReplicaOptions(), None);
        Assert.IsType<ReplicaControlClient>(commands);
        await replica.WriteAsync(0, Filled(1), None);
        await commands.SnapshotAsync("first", new Dictionary<string, string> { ["k"] = "v<&>" }, None);
        await replica.WriteAsync(0, Filled(2), None);
        await commands.SnapshotAsync("second", null, None);
        await commands.SnapshotAsync("third", null, None);
        await commands.RemoveAsync("second", None);
        var purged = await commands.PurgeAsync(new Progress<OperationProgress>(), None);
        Assert.Equal(["second"], purged.Deleted);

        Volatile.Write(ref clients, 2);
        var refused = await Assert.ThrowsAsync<AnkoleException>(() => commands.RevertAsync("first", None));
        Assert.Equal(
            $"replica '{path}' has 2 clients attached: their data would change underneath. Detach them, then revert.", refused.Message);
        Volatile.Write(ref clients, 0);
        await commands.RevertAsync("first", None);
        var read = new byte[4096];
        await replica.ReadAsync(0, read, None);
        Assert.Equal(Filled(1), read);

        await commands.ExpandAsync(8 << 20, None);
        Assert.Equal(8 << 20, replica.SizeBytes);
        var inspection = await commands.InspectAsync(None);
        Assert.Equal(8 << 20, inspection.SizeBytes);
        Assert.Equal("v<&>", Assert.Single(inspection.Disks, disk => disk.Snapshot == "first").Labels["k"]);
        var taken = await Assert.ThrowsAsync<InvalidInputException>(() => commands.SnapshotAsync("first", null, None));
        Assert.Equal($"a snapshot named 'first' exists in '{path}' already. Choose another name.", taken.Message);
    }

    [Fact]
    public async Task A_client_that_sends_nonsense_or_leaves_harms_nobody()
    {
        using var directory = new TemporaryDirectory();
        await Replica.CreateAsync(directory["r"], 4 << 20, new ReplicaOptions(), None);
        await using var replica = await Replica.OpenAsync(directory["r"], new ReplicaOptions(), None);
        await using var server = ReplicaControlServer.Start(replica, () => 0);
        foreach (var line in (string[])["", "\n", "{}\n", "nonsense\n", "{\"command\":\"fly\"}\n", "[1,2]\n"])
        {
            using var socket = new System.Net.Sockets.Socket(System.Net.Sockets.AddressFamily.Unix, System.Net.Sockets.SocketType.Stream, 0);
            await socket.ConnectAsync(new System.Net.Sockets.UnixDomainSocketEndPoint(Path.Combine(directory["r"], "ankole.control")), None);
            await socket.SendAsync(System.Text.Encoding.UTF8.GetBytes(line), None);
        }
        await using var commands = await ReplicaCommands.OpenAsync(directory["r"], new ReplicaOptions(), None);
        await commands.SnapshotAsync("still-works", null, None);
    }

    [Fact]
    public async Task A_stopped_server_leaves_no_socket_and_the_replica_says_who_has_it()
    {
        using var directory = new TemporaryDirectory();
        await Replica.CreateAsync(directory["r"], 4 << 20, new ReplicaOptions(), None);
        await using var replica = await Replica.OpenAsync(directory["r"], new ReplicaOptions(), None);
        await ReplicaControlServer.Start(replica, () => 0).DisposeAsync();
        Assert.False(File.Exists(Path.Combine(directory["r"], "ankole.control")));
        var inUse = await Assert.ThrowsAsync<ReplicaInUseException>(() => ReplicaCommands.OpenAsync(directory["r"], new ReplicaOptions(), None));
        Assert.Equal(
            $"replica '{directory["r"]}' is in use by process {Environment.ProcessId}. Stop that process, or let it finish.", inUse.Message);
        Assert.Equal(ErrorKind.Busy, inUse.Kind);
    }

    private static byte[] Filled(byte value) => [.. Enumerable.Repeat(value, 4096)];
}
