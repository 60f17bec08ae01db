using System.Threading.Channels;
using Ankole.Core;

namespace Ankole.Server;

/// <summary>
/// Deletes what belonged to deleted resources, in the background. What was missed because the process ended is found at the next start: the
/// index of owners says which of them are gone.
/// </summary>
internal sealed class OwnedCollector(SqliteResourceStore store, ILogger logger) : IAsyncDisposable
{
    /// <summary>After a failure.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(5);

    /// <summary>Uids of owners that are gone, or may be. Unbounded, and short: only owners of something come here.</summary>
    private readonly Channel<string> gone = Channel.CreateUnbounded<string>(new UnboundedChannelOptions { SingleReader = true });
    private readonly CancellationTokenSource stop = new();
    private Task loop = Task.CompletedTask;

    public void Start() => loop = Task.Run(() => RunAsync(stop.Token));

    /// <summary>Called within the transaction: what it says is looked at again when it is committed.</summary>
    public void OwnerGone(string uid) => gone.Writer.TryWrite(uid);

    public async ValueTask DisposeAsync()
    {
        gone.Writer.TryComplete();
        await stop.CancelAsync();
        await loop.ContinueWith(_ => { }, TaskScheduler.Default);
        stop.Dispose();
    }

    private async Task RunAsync(CancellationToken cancellationToken)
    {
        await UntilDoneAsync("any", FindMissedAsync, cancellationToken);
        await foreach (var uid in gone.Reader.ReadAllAsync(cancellationToken))
            await UntilDoneAsync(uid, () => store.CollectOwnedByAsync(uid, cancellationToken), cancellationToken);

        async ValueTask FindMissedAsync()
        {
            foreach (var uid in await store.FindOwnersGoneAsync(cancellationToken))
                OwnerGone(uid);
        }
    }

    private async ValueTask UntilDoneAsync(string uid, Func<ValueTask> action, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                await action();
                return;
            }
            catch (AnkoleException e)
            {
                Log.CollectionFailed(logger, uid, e);
                await Task.Delay(Pause, cancellationToken);
            }
        }
    }
}
