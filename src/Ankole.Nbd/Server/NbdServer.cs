using System.Collections.Concurrent;
using System.Net.Sockets;
using Ankole.Core;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Ankole.Nbd;

/// <summary>
/// Serves exports over NBD, fixed newstyle. Each client has a thread of its own that waits in <c>recv</c>, runs the request and sends the
/// reply; requests whose device does not answer at once continue on the thread pool while that thread reads on.
/// </summary>
/// <remarks>
/// Lifecycle: 1. <see cref="StartAsync"/> listens, 2. clients come and go, 3. <see cref="StopAsync"/> stops listening, lets requests in flight
/// finish, answers later ones with <c>NBD_ESHUTDOWN</c>, and closes every connection. Devices stay open: they are the caller's.
/// </remarks>
public sealed class NbdServer : IAsyncDisposable
{
    /// <summary>After an accept that failed (no descriptors left), so that the loop does not spin.</summary>
    private static readonly TimeSpan AcceptPause = TimeSpan.FromSeconds(1);

    private readonly Socket listener;
    private readonly NbdServerContext context;
    private readonly ConcurrentDictionary<NbdConnection, Task> connections = new();
    private readonly CancellationTokenSource stopping = new();
    private readonly CancellationTokenSource aborting = new();
    private readonly Task accepting;
    private readonly Lock stopGate = new();
    private Task? stopped;

    private NbdServer(Socket listener, NbdAddress address, NbdServerContext context)
    {
        this.listener = listener;
        this.context = context;
        Address = address;
        accepting = AcceptAsync();
    }

    /// <summary>Where it listens; a port of 0 has become the one the system chose.</summary>
    public NbdAddress Address { get; }

    /// <summary>Clients connected now.</summary>
    public int ConnectionCount => connections.Count;

    /// <param name="exports">Names must differ. A client that names no export gets the one named "", or the only one.</param>
    /// <exception cref="AnkoleException">The address cannot be used; the message says why.</exception>
    public static async ValueTask<NbdServer> StartAsync(
        NbdAddress address, IReadOnlyList<NbdExport> exports, NbdServerOptions? options = null, ILogger? logger = null,
        TimeProvider? timeProvider = null, CancellationToken cancellationToken = default)
    {
        options ??= new NbdServerOptions();
        logger ??= NullLogger.Instance;
        if (exports.GroupBy(export => export.Name).FirstOrDefault(group => group.Count() > 1) is { } twice)
            throw new InvalidInputException($"two exports have the name '{twice.Key}': give each its own.");
        var (socket, bound) = await NbdListener.OpenAsync(address, options.AllowPlainTcp || options.Tls is not null, cancellationToken);
        Log.Listening(logger, bound);
        return new NbdServer(socket, bound, new NbdServerContext(exports, options, logger, timeProvider ?? TimeProvider.System));
    }

    /// <summary>Returns when every connection is closed; requests in flight get <see cref="NbdServerOptions.ShutdownTimeout"/> to finish.</summary>
    /// <param name="cancellationToken">Cancelled, it drops requests in flight at once.</param>
    public Task StopAsync(CancellationToken cancellationToken)
    {
        lock (stopGate)
            return stopped ??= StopOnceAsync(connection => connection.Stop(), cancellationToken);
    }

    /// <summary>
    /// As <see cref="StopAsync"/>, but clients see a server that has died: no request is refused because the server stops. For clients that connect again and
    /// repeat what was not answered, as the kernel's does.
    /// </summary>
    public Task DropAsync()
    {
        lock (stopGate)
            return stopped ??= StopOnceAsync(connection => connection.Drop(), CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync(CancellationToken.None);
        stopping.Dispose();
        aborting.Dispose();
    }

    private async Task StopOnceAsync(Action<NbdConnection> end, CancellationToken cancellationToken)
    {
        await stopping.CancelAsync();
        await accepting;
        listener.Dispose();
        if (Address.IsUnix)
            RemoveSocket(Address.Path);
        foreach (var connection in connections.Keys)
            end(connection);
        var all = Task.WhenAll(connections.Values);
        try
        {
            await all.WaitAsync(context.Options.ShutdownTimeout, context.TimeProvider, cancellationToken);
        }
        catch (Exception e) when (e is TimeoutException or OperationCanceledException)
        {
            Log.ShutdownTimedOut(context.Logger, Address, context.Options.ShutdownTimeout);
            await aborting.CancelAsync();
            foreach (var connection in connections.Keys)
                connection.Abort();
            await all;
        }
        Log.Stopped(context.Logger, Address);
    }

    private async Task AcceptAsync()
    {
        for (var id = 1L; !stopping.IsCancellationRequested;)
        {
            try
            {
                var socket = await listener.AcceptAsync(stopping.Token);
                if (connections.Count >= context.Options.MaxConnections)
                {
                    Log.TooManyConnections(context.Logger, Address, connections.Count);
                    socket.Dispose();
                    continue;
                }
                Serve(new NbdConnection(id++, socket, context, aborting.Token));
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                return;
            }
            catch (SocketException e)
            {
                Log.AcceptFailed(context.Logger, Address, e);
                await Task.Delay(AcceptPause, context.TimeProvider, stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private void Serve(NbdConnection connection)
    {
        // Registered before it runs: a connection that ends at once must find itself to take away.
        var finished = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        connections[connection] = finished.Task;
        connection.Start(() =>
        {
            connections.TryRemove(connection, out _);
            finished.SetResult();
        });
    }

    /// <summary>Unless another server has taken the path over meanwhile.</summary>
    private void RemoveSocket(string path)
    {
        try
        {
            NbdListener.RemoveStale(path);
        }
        catch (AnkoleException e) when (e.Kind is ErrorKind.Busy or ErrorKind.Refused)
        {
            Log.SocketTakenOver(context.Logger, Address);
        }
    }
}
