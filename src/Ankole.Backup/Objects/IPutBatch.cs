namespace Ankole.Backup;

/// <summary>A group of objects that become durable together. Each object appears whole or not at all.</summary>
/// <remarks><see cref="PutAsync"/> may be called from several callers at once; <see cref="CommitAsync"/> after all of them have returned.</remarks>
public interface IPutBatch : IAsyncDisposable
{
    /// <summary>
    /// Takes the object; it exists at the latest when <see cref="CommitAsync"/> returns. <paramref name="content"/> may be reused at once.
    /// Waits while too many bytes are on their way. A failure of an earlier object may be thrown here.
    /// </summary>
    ValueTask PutAsync(string key, ReadOnlyMemory<byte> content, CancellationToken cancellationToken);

    /// <summary>When it returns, every object of the batch exists and survives a power loss. The batch may be used on.</summary>
    ValueTask CommitAsync(CancellationToken cancellationToken);
}
