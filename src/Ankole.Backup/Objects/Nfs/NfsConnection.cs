using Ankole.Nfs;
using Microsoft.Extensions.Logging;

namespace Ankole.Backup;

/// <summary>The client of one NFS store, connected by the first request. Callers that come while it connects share that attempt; one that failed is made anew.</summary>
internal sealed class NfsConnection(NfsClientOptions options, ILogger logger) : IAsyncDisposable
{
    private readonly Lock gate = new();
    private readonly CancellationTokenSource lifetime = new();
    private Task<NfsClient>? opening;

    /// <exception cref="NfsException">The server cannot be reached, or has no such export.</exception>
    public Task<NfsClient> GetAsync(CancellationToken cancellationToken)
    {
        lock (gate)
        {
            ObjectDisposedException.ThrowIf(lifetime.IsCancellationRequested, this);
            if (opening is null or { IsCompleted: true, IsCompletedSuccessfully: false })
                opening = Task.Run(() => NfsClient.ConnectAsync(options, logger, lifetime.Token), CancellationToken.None);
            return opening.WaitAsync(cancellationToken);
        }
    }

    public async ValueTask DisposeAsync()
    {
        Task<NfsClient>? opened;
        lock (gate)
        {
            if (lifetime.IsCancellationRequested)
                return;
            lifetime.Cancel();
            opened = opening;
        }
        if (opened is not null)
        {
            await ((Task)opened).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (opened.IsCompletedSuccessfully)
                await (await opened).DisposeAsync();
        }
        lifetime.Dispose();
    }
}
