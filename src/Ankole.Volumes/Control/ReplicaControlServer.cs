using System.Net.Sockets;
using Ankole.Core;
using Ankole.Files;
using Microsoft.Win32.SafeHandles;

namespace Ankole.Volumes;

/// <summary>
/// Lets other processes of the same user command a replica that this one serves, over <c>ankole.control</c> in its directory. One connection carries
/// one command; closing it cancels a purge.
/// </summary>
/// <remarks>
/// A revert changes bytes under a client's feet, so it is refused while clients are attached. An expansion is not: what a client knows stays true, and
/// it sees the new size when it connects again.
/// </remarks>
public sealed class ReplicaControlServer : IAsyncDisposable
{
    /// <summary>Commands at a time; more wait in the socket's queue.</summary>
    private const int MaxConnections = 8;

    private readonly Replica replica;
    private readonly Func<int> countClients;
    private readonly SafeFileHandle directory;
    private readonly Socket listener;
    private readonly CancellationTokenSource stopping = new();
    private readonly SemaphoreSlim free = new(MaxConnections, MaxConnections);
    private readonly Task accepting;

    private ReplicaControlServer(Replica replica, Func<int> countClients, SafeFileHandle directory, Socket listener)
    {
        this.replica = replica;
        this.countClients = countClients;
        this.directory = directory;
        this.listener = listener;
        accepting = AcceptAsync();
    }

    private string SocketPath => Path.Combine(replica.DirectoryPath, ControlChannel.FileName);

    /// <param name="countClients">How many clients have the volume attached at this moment.</param>
    public static ReplicaControlServer Start(Replica replica, Func<int> countClients)
    {
        var path = Path.Combine(replica.DirectoryPath, ControlChannel.FileName);
        // Whoever holds the replica's lock owns the name: a socket that is there belongs to a process that is gone.
        FileNames.Remove(path);
        var directory = FileNames.OpenDirectory(replica.DirectoryPath);
        var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            listener.Bind(ControlChannel.AddressIn(directory));
            // Nobody can connect before Listen, so there is no moment with a wider mode.
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            listener.Listen(MaxConnections);
            return new ReplicaControlServer(replica, countClients, directory, listener);
        }
        catch
        {
            listener.Dispose();
            directory.Dispose();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        await accepting;
        for (var i = 0; i < MaxConnections; i++)
            await free.WaitAsync();
        listener.Dispose();
        FileNames.Remove(SocketPath);
        directory.Dispose();
        stopping.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                await free.WaitAsync(stopping.Token);
                var held = true;
                try
                {
                    var connection = await listener.AcceptAsync(stopping.Token);
                    held = false;
                    _ = ServeAndFreeAsync(connection);
                }
                finally
                {
                    if (held)
                        free.Release();
                }
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // Disposed: the connections finish on their own, and DisposeAsync waits for each.
        }
    }

    private async Task ServeAndFreeAsync(Socket connection)
    {
        try
        {
            using var channel = new ControlChannel(connection);
            await ServeAsync(channel);
        }
        catch (Exception e) when (e is IOException or SocketException or OperationCanceledException or AnkoleException)
        {
            // The client has gone, or the server stops: nobody is left to tell. What was done is done.
        }
        finally
        {
            free.Release();
        }
    }

    private async Task ServeAsync(ControlChannel channel)
    {
        if (await channel.ReceiveAsync(ControlJson.Default.ControlRequest, stopping.Token) is not { } request)
            return;
        using var gone = CancellationTokenSource.CreateLinkedTokenSource(stopping.Token);
        var leaving = CancelWhenClosedAsync(channel, gone);
        ControlReply reply;
        try
        {
            reply = await ExecuteAsync(request, channel, gone.Token);
        }
        catch (AnkoleException e)
        {
            reply = new ControlReply(true, new ControlError(e.Kind, e.Message));
        }
        catch (ObjectDisposedException)
        {
            reply = new ControlReply(true, new ControlError(ErrorKind.Busy, $"replica '{replica.DirectoryPath}' is being closed. Try again."));
        }
        await channel.SendAsync(reply, ControlJson.Default.ControlReply, stopping.Token);
        await gone.CancelAsync();
        await leaving;
    }

    private static async Task CancelWhenClosedAsync(ControlChannel channel, CancellationTokenSource gone)
    {
        try
        {
            await channel.WhenClosedAsync(gone.Token);
            await gone.CancelAsync();
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
            // Answered before the client left, or torn down from the other side.
        }
    }

    private async Task<ControlReply> ExecuteAsync(ControlRequest request, ControlChannel channel, CancellationToken cancellationToken)
    {
        switch (request.Command)
        {
            case "snapshot":
                await replica.SnapshotAsync(request.Name ?? "", request.Labels, cancellationToken);
                break;
            case "revert":
                if (countClients() is > 0 and var clients)
                    throw new AnkoleException(
                        ErrorKind.Busy,
                        $"replica '{replica.DirectoryPath}' has {clients} clients attached: their data would change underneath. Detach them, then revert.");
                await replica.RevertAsync(request.Name ?? "", cancellationToken);
                break;
            case "remove":
                await replica.RemoveAsync(request.Name ?? "", cancellationToken);
                break;
            case "expand":
                await replica.ExpandAsync(request.SizeBytes, cancellationToken);
                break;
            case "purge":
                await using (var progress = new ControlProgress(channel))
                    return new ControlReply(true, Purge: await replica.PurgeAsync(progress, cancellationToken));
            case "inspect":
                return new ControlReply(true, Inspection: await replica.InspectAsync(cancellationToken));
            default:
                throw new InvalidInputException($"'{request.Command}' is no command of a replica.");
        }
        return new ControlReply(true);
    }
}
