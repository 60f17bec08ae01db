using System.Diagnostics.Metrics;
using Ankole.Core;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Ankole.Control;

/// <summary>
/// What resources say, as instruments of the meter <c>Ankole</c>, in base units. It watches the kinds it tells of and keeps a few numbers of each
/// resource, so that being asked costs the store nothing.
/// </summary>
public sealed class ControlMetrics : IAsyncDisposable
{
    private static readonly TimeSpan PauseAfterError = TimeSpan.FromSeconds(5);

    private readonly IResourceStore store;
    private readonly TimeProvider time;
    private readonly ILogger logger;
    private readonly Meter meter = new("Ankole");
    private readonly CancellationTokenSource stop = new();
    private readonly Task watching;

    private readonly VolumeNumbers volumes;
    private readonly BackupNumbers backups = new();
    private readonly TargetNumbers targets = new();
    private readonly OperationNumbers operations = new();

    public ControlMetrics(IResourceStore store, TimeProvider time, ILogger<ControlMetrics>? logger = null)
    {
        this.store = store;
        this.time = time;
        this.logger = logger ?? NullLogger<ControlMetrics>.Instance;
        volumes = new VolumeNumbers(backups, time);
        volumes.Show(meter);
        backups.Show(meter);
        targets.Show(meter);
        operations.Show(meter);
        watching = Task.WhenAll(
            Task.Run(() => WatchAsync(Kinds.Volume, volumes)),
            Task.Run(() => WatchAsync(Kinds.RecurringJob, volumes.Jobs)),
            Task.Run(() => WatchAsync(Kinds.Backup, backups)),
            Task.Run(() => WatchAsync(Kinds.BackupTarget, targets)),
            Task.Run(() => WatchAsync(Kinds.VolumeOperation, operations)));
    }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await watching;
        meter.Dispose();
        stop.Dispose();
    }

    private async Task WatchAsync(ResourceKind kind, IResourceNumbers numbers)
    {
        while (!stop.IsCancellationRequested)
        {
            numbers.Clear();
            try
            {
                await foreach (var change in store.WatchAsync(new ResourceQuery(kind), fromVersion: null, stop.Token))
                {
                    if (change.Change == ResourceChange.Deleted)
                        numbers.Remove(change.Resource);
                    else if (change.Change != ResourceChange.Bookmark)
                        numbers.Put(change.Resource);
                }
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
            catch (ResourceExpiredException)
            {
                continue;
            }
            catch (AnkoleException e)
            {
                JobLog.WatchFailed(logger, kind.Kind, e);
            }
            await Task.Delay(PauseAfterError, time, stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}

/// <summary>The few numbers that are kept of the resources of one kind. Written by one watch, read by whoever asks for metrics.</summary>
internal interface IResourceNumbers
{
    void Put(Resource resource);

    void Remove(Resource resource);

    /// <summary>Everything is told again from here on.</summary>
    void Clear();
}
