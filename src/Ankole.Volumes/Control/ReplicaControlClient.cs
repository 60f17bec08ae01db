using System.Net.Sockets;
using Ankole.Core;
using Ankole.Files;

namespace Ankole.Volumes;

/// <summary>Commands a replica through the process that serves it.</summary>
public sealed class ReplicaControlClient : IReplicaCommands
{
    private ReplicaControlClient(string directory) => DirectoryPath = directory;

    public string DirectoryPath { get; }

    /// <returns>Null when no process serves the directory with a control socket.</returns>
    public static async Task<ReplicaControlClient?> TryConnectAsync(string directory, CancellationToken cancellationToken)
    {
        var client = new ReplicaControlClient(Path.GetFullPath(directory));
        try
        {
            using var channel = await client.ConnectAsync(cancellationToken);
            return client;
        }
        catch (SocketException)
        {
            return null;
        }
        catch (FileOperationException e) when (e.Kind == ErrorKind.NotFound)
        {
            return null;
        }
    }

    public Task SnapshotAsync(string name, IReadOnlyDictionary<string, string>? labels, CancellationToken cancellationToken) =>
        CallAsync(new ControlRequest("snapshot", name, labels), null, cancellationToken);

    public Task RevertAsync(string snapshot, CancellationToken cancellationToken) =>
        CallAsync(new ControlRequest("revert", snapshot), null, cancellationToken);

    public Task RemoveAsync(string snapshot, CancellationToken cancellationToken) =>
        CallAsync(new ControlRequest("remove", snapshot), null, cancellationToken);

    public Task ExpandAsync(long sizeBytes, CancellationToken cancellationToken) =>
        CallAsync(new ControlRequest("expand", SizeBytes: sizeBytes), null, cancellationToken);

    public async Task<PurgeResult> PurgeAsync(IProgress<OperationProgress>? progress, CancellationToken cancellationToken) =>
        (await CallAsync(new ControlRequest("purge"), progress, cancellationToken)).Purge ?? throw Lost();

    public async Task<ReplicaInspection> InspectAsync(CancellationToken cancellationToken) =>
        (await CallAsync(new ControlRequest("inspect"), null, cancellationToken)).Inspection ?? throw Lost();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private async Task<ControlReply> CallAsync(ControlRequest request, IProgress<OperationProgress>? progress, CancellationToken cancellationToken)
    {
        try
        {
            using var channel = await ConnectAsync(cancellationToken);
            await channel.SendAsync(request, ControlJson.Default.ControlRequest, cancellationToken);
            while (await channel.ReceiveAsync(ControlJson.Default.ControlReply, cancellationToken) is { } reply)
            {
                if (reply.Error is { } error)
                    throw error.Kind == ErrorKind.InvalidInput ? new InvalidInputException(error.Message) : new AnkoleException(error.Kind, error.Message);
                if (reply.Progress is { } done)
                    progress?.Report(done);
                if (reply.Done)
                    return reply;
            }
            throw Lost();
        }
        catch (Exception e) when (e is SocketException or IOException)
        {
            throw Lost(e);
        }
    }

    private async Task<ControlChannel> ConnectAsync(CancellationToken cancellationToken)
    {
        using var directory = FileNames.OpenDirectory(DirectoryPath);
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(ControlChannel.AddressIn(directory), cancellationToken);
            return new ControlChannel(socket);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private AnkoleException Lost(Exception? cause = null) =>
        new(ErrorKind.Unavailable, $"the process that serves replica '{DirectoryPath}' ended before it answered. Look at the replica and try again.", cause);
}
