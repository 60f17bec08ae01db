namespace Ankole.Control;

/// <summary>Deletes events that are too old or too many: at the first event after a start, then after every so many new ones.</summary>
internal sealed class EventTrimming(IResourceStore store, TimeProvider time, EventOptions options)
{
    /// <summary>Reading the names and times of 5000 events takes the store some 50 ms: not for every event.</summary>
    private readonly int newBetweenTrims = Math.Max(1, options.MaxEvents / 10);

    private int newSinceTrim = int.MaxValue;

    public async ValueTask TrimSometimesAsync(bool isNew, CancellationToken cancellationToken)
    {
        if (isNew && newSinceTrim < int.MaxValue)
            newSinceTrim++;
        if (newSinceTrim < newBetweenTrims)
            return;
        newSinceTrim = 0;
        await TrimAsync(cancellationToken);
    }

    private async ValueTask TrimAsync(CancellationToken cancellationToken)
    {
        var kept = new PriorityQueue<ResourceKey, DateTimeOffset>();
        var expired = time.GetUtcNow() - options.MaxAge;
        var surplus = new List<ResourceKey>();
        await foreach (var item in store.ListAsync(Kinds.Event, null, cancellationToken))
        {
            var lastSeen = item.LastTimestamp ?? item.Metadata.CreationTimestamp ?? default;
            if (lastSeen < expired)
                surplus.Add(ResourceKey.Of(item));
            else if (kept.Count < options.MaxEvents)
                kept.Enqueue(ResourceKey.Of(item), lastSeen);
            else
                surplus.Add(kept.EnqueueDequeue(ResourceKey.Of(item), lastSeen));
        }
        foreach (var key in surplus)
            await store.DeleteAsync(key, null, cancellationToken);
    }
}
