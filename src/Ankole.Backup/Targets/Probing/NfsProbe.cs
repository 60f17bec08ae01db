using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using Ankole.Core;
using Ankole.Nfs;

namespace Ankole.Backup;

/// <summary>The way to an NFS export, layer by layer: name, connection, protocol version, export path, room; and after the objects, the clock.</summary>
internal sealed class NfsProbe(NfsObjectStore store, ObjectStoreOptions options, StepWatch watch)
{
    /// <summary>A file system this full may run full in the middle of the next backup.</summary>
    private const double LeastFree = 0.05;

    private readonly NfsClientOptions client = store.Settings.Client;

    private string Address => client.Server.Contains(':', StringComparison.Ordinal) ? $"[{client.Server}]:{client.Port}" : $"{client.Server}:{client.Port}";

    public async IAsyncEnumerable<ProbeStep> RunAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        yield return await watch.RunAsync("name resolution", async () =>
            string.Join(", ", (await ResolveAsync(cancellationToken)).Take(4).Select(address => address.ToString())));
        yield return await watch.RunAsync("connection", () => ConnectAsync(cancellationToken));
        yield return await watch.RunAsync("NFS version", () => NegotiateAsync(cancellationToken));
        yield return await watch.RunAsync("export path", () => OpenExportAsync(cancellationToken));
        yield return await MeasureSpaceAsync(cancellationToken);
    }

    /// <summary>The time that the server gives to a file just written, against this machine's.</summary>
    public async ValueTask<ProbeStep> CompareClocksAsync(CancellationToken cancellationToken)
    {
        var result = ProbeResult.Passed;
        var step = await watch.RunAsync("clock", async () =>
        {
            var key = $"{TargetProbe.ScratchFolder}{Guid.NewGuid():N}";
            await store.PutAsync(key, ReadOnlyMemory<byte>.Empty, cancellationToken);
            var now = options.Time.GetUtcNow();
            var theirs = (await store.StatAsync(key, cancellationToken))?.LastModified ?? now;
            await store.DeleteAsync([key], cancellationToken);
            var skew = (now - theirs).Duration();
            result = skew > NetworkProbe.DangerousSkew ? ProbeResult.Warning : ProbeResult.Passed;
            return $"{skew.TotalSeconds:0} s between this machine and the server" + (result == ProbeResult.Passed
                ? ""
                : ": locks of programs that compare clocks become unsafe; set both right, for instance by NTP");
        });
        return step.Result == ProbeResult.Passed ? step with { Result = result } : step;
    }

    private async Task<IPAddress[]> ResolveAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var deadline = Deadline(cancellationToken);
            return await Dns.GetHostAddressesAsync(client.Server, deadline.Token);
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw Failed($"the name '{client.Server}' cannot be resolved: check the server's name in the URL, and this machine's DNS.", e);
        }
    }

    private async ValueTask<string> ConnectAsync(CancellationToken cancellationToken)
    {
        var addresses = await ResolveAsync(cancellationToken);
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            using var deadline = Deadline(cancellationToken);
            await socket.ConnectAsync(addresses, client.Port, deadline.Token);
            return $"{socket.RemoteEndPoint} accepts";
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionRefused)
        {
            throw Failed($"{Address} refuses the connection: nothing listens there; start the NFS server, or give its port with nfsOptions=port=N.", e);
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw Failed(
                $"{Address} cannot be reached ({(e is SocketException socketError ? socketError.SocketErrorCode : SocketError.TimedOut)}): " +
                $"check the server's name, that it runs, and that no firewall drops TCP port {client.Port}.", e);
        }
    }

    /// <summary>A session at the root of the server's name space, which needs no export of ours yet.</summary>
    private async ValueTask<string> NegotiateAsync(CancellationToken cancellationToken)
    {
        await using var root = await NfsClient.ConnectAsync(client with { ExportPath = "/" }, options.Logger, cancellationToken);
        var server = root.Server;
        return $"4.1{(server.Implementation.Length > 0 ? $", {server.Implementation}" : "")}; {server.MaxInFlight} requests in flight, " +
            $"reads of {ByteSize.Format(server.ReadBytes)}, writes of {ByteSize.Format(server.WriteBytes)}, lease {server.Lease.TotalSeconds:0} s";
    }

    private async ValueTask<string> OpenExportAsync(CancellationToken cancellationToken)
    {
        await store.Connection.GetAsync(cancellationToken);
        return $"'{client.ExportPath}' is there; requests come from uid {client.Credential.UserId} gid {client.Credential.GroupId}";
    }

    private async ValueTask<ProbeStep> MeasureSpaceAsync(CancellationToken cancellationToken)
    {
        const string name = "space";
        try
        {
            var space = await store.GetSpaceAsync(cancellationToken);
            if (space is not { Available: { } available, Total: > 0 and var total })
                return watch.Step(name, ProbeResult.Unknown, "the server does not say how much room there is");
            var detail = $"{ByteSize.Format(available)} of {ByteSize.Format(total)} can be written";
            return available < LeastFree * total
                ? watch.Step(name, ProbeResult.Warning, $"{detail}: the next backup may fill it; delete backups, or enlarge it")
                : watch.Step(name, ProbeResult.Passed, detail);
        }
        catch (AnkoleException e)
        {
            return watch.Step(name, ProbeResult.Unknown, $"could not be looked at: {e.Message}");
        }
    }

    private CancellationTokenSource Deadline(CancellationToken cancellationToken)
    {
        var source = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        source.CancelAfter(options.ConnectTimeout);
        return source;
    }

    private static ObjectStoreException Failed(string reason, Exception cause) => new(ErrorKind.Unavailable, reason, isTransient: true, cause);
}
