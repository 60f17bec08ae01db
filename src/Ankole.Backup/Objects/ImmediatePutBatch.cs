namespace Ankole.Backup;

/// <summary>The batch of a store whose every put is durable when it returns: nothing is left to do at the end.</summary>
internal sealed class ImmediatePutBatch(IObjectStore store) : IPutBatch
{
    public ValueTask PutAsync(string key, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) =>
        store.PutAsync(key, content, cancellationToken);

    public ValueTask CommitAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
