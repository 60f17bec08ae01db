using System.Security.Cryptography;
using System.Text;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Ankole.Control;

/// <summary>
/// Writes events in the background: the same thing about the same object counts up, and the oldest go when there are too many or they are too
/// old. Callers neither wait nor fail; an event that finds the queue full is dropped and counted in the log. No message holds a secret, whoever wrote it.
/// </summary>
public sealed class EventRecorder : IEventRecorder, IAsyncDisposable
{
    /// <summary>The longest message that Kubernetes keeps.</summary>
    private const int MaxMessageLength = 1024;

    /// <summary>Events that wait to be written: about a second's work of the store.</summary>
    private const int QueueLength = 1024;

    private readonly IResourceStore store;
    private readonly TimeProvider time;
    private readonly ILogger logger;
    private readonly EventTrimming trimming;
    private readonly SecretHiding hiding;
    private readonly Channel<Entry> queue;
    private readonly Task writing;
    private readonly CancellationTokenSource giveUp = new();

    public EventRecorder(IResourceStore store, TimeProvider time, EventOptions options, ILogger<EventRecorder>? logger = null)
    {
        this.store = store;
        this.time = time;
        this.logger = logger ?? NullLogger<EventRecorder>.Instance;
        trimming = new EventTrimming(store, time, options);
        hiding = new SecretHiding(store);
        queue = Channel.CreateBounded<Entry>(new BoundedChannelOptions(QueueLength) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });
        writing = Task.Run(WriteAllAsync);
    }

    public ValueTask RecordAsync(Resource about, bool warning, string reason, string message, string component, CancellationToken cancellationToken)
    {
        if (!queue.Writer.TryWrite(new Event(about, warning, reason, message, component, time.GetUtcNow())))
            EventLog.Dropped(logger, about.Kind, about.Name, reason);
        return ValueTask.CompletedTask;
    }

    /// <summary>Returns when everything recorded so far is written.</summary>
    public async Task FlushAsync(CancellationToken cancellationToken)
    {
        var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await queue.Writer.WriteAsync(new Mark(reached), cancellationToken);
        await reached.Task.WaitAsync(cancellationToken);
    }

    /// <summary>Writes what waits, but not for ever.</summary>
    public async ValueTask DisposeAsync()
    {
        queue.Writer.TryComplete();
        giveUp.CancelAfter(TimeSpan.FromSeconds(5));
        await writing;
        giveUp.Dispose();
    }

    private async ValueTask<EventResource> ResourceOfAsync(Event happened, CancellationToken cancellationToken)
    {
        var (about, warning, reason, message, component, now) = happened;
        var text = await hiding.HideAsync(message, cancellationToken);
        text = text.Length <= MaxMessageLength ? text : string.Concat(text.AsSpan(0, MaxMessageLength - 1), "…");
        var type = warning ? "Warning" : "Normal";
        return new EventResource
        {
            Metadata = new ObjectMeta
            {
                Name = NameOf(about, type, reason, text, component),
                Namespace = about.Metadata.Namespace ?? SystemNames.Namespace,
            },
            InvolvedObject = new ObjectReference
            {
                ApiVersion = about.ApiVersion, Kind = about.Kind, Namespace = about.Metadata.Namespace, Name = about.Name, Uid = about.Metadata.Uid,
            },
            Reason = reason, Message = text, Type = type, Source = new EventSource { Component = component },
            FirstTimestamp = now, LastTimestamp = now, Count = 1,
        };
    }

    /// <summary>The same name for the same thing, which is what makes it count up.</summary>
    private static string NameOf(Resource about, string type, string reason, string message, string component)
    {
        var identity = string.Join('\n', about.ApiVersion, about.Kind, about.Metadata.Uid, about.Name, type, reason, message, component);
        return $"{about.Name}.{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(identity)))[..16]}";
    }

    private async Task WriteAllAsync()
    {
        await foreach (var entry in queue.Reader.ReadAllAsync())
        {
            switch (entry)
            {
                case Mark mark:
                    mark.Reached.TrySetResult();
                    break;
                case Event happened when !giveUp.IsCancellationRequested:
                    await WriteAsync(happened);
                    break;
            }
        }
    }

    private async Task WriteAsync(Event entry)
    {
        try
        {
            var happened = await ResourceOfAsync(entry, giveUp.Token);
            var key = ResourceKey.Of(happened);
            var counted = await store.ChangeAsync<EventResource>(
                key, status: false,
                before => before with { Count = before.Count + 1, LastTimestamp = happened.LastTimestamp }, giveUp.Token);
            if (counted is null)
                await store.CreateAsync(happened, giveUp.Token);
            await trimming.TrimSometimesAsync(counted is null, giveUp.Token);
        }
        catch (OperationCanceledException) when (giveUp.IsCancellationRequested)
        {
            EventLog.Dropped(logger, entry.About.Kind, entry.About.Name, entry.Reason);
        }
        catch (Exception e)
        {
            // Events must not bring anybody down, whatever the store says.
            EventLog.NotWritten(logger, entry.About.Kind, entry.About.Name, entry.Reason, e);
        }
    }

    private abstract record Entry;

    private sealed record Event(Resource About, bool Warning, string Reason, string Message, string Component, DateTimeOffset At) : Entry;

    private sealed record Mark(TaskCompletionSource Reached) : Entry;
}
