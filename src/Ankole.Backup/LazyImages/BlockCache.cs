namespace Ankole.Backup;

/// <summary>
/// Unpacked blocks of one backup, the most recently used of them. Concurrent readers of a block share one fetch; a reader that goes through the
/// image in order finds the next blocks already on their way.
/// </summary>
/// <remarks>
/// Memory is at most twice the capacity: what is kept, and what as many readers hold at once. A cached block is reference-counted: it goes back to the pool when it was evicted and its
/// last reader is done. A failed fetch is forgotten, so that the next read tries again.
/// </remarks>
internal sealed class BlockCache : IAsyncDisposable
{
    /// <summary>Blocks fetched ahead of a sequential reader; limited by the capacity too.</summary>
    private const int ReadAheadBlocks = 4;

    private readonly BackupImageRecord image;
    private readonly int capacity;
    private readonly int readAhead;
    private readonly SemaphoreSlim fetches;
    private readonly SemaphoreSlim readers;
    private readonly CancellationTokenSource closing = new();
    private readonly CancellationToken closed;
    private readonly Dictionary<int, LinkedListNode<CachedBlock>> byIndex = [];
    private readonly LinkedList<CachedBlock> byUse = new();
    private readonly Lock gate = new();
    private int lastIndex = -2;

    public BlockCache(BackupImageRecord image, long capacityBytes, int maxFetches)
    {
        this.image = image;
        capacity = (int)Math.Max(2, capacityBytes / image.BlockSize);
        readAhead = Math.Min(ReadAheadBlocks, capacity / 2);
        fetches = new SemaphoreSlim(maxFetches);
        readers = new SemaphoreSlim(capacity);
        closed = closing.Token;
    }

    /// <summary>Copies a part of the backup's block number <paramref name="index"/>.</summary>
    public async ValueTask ReadAsync(int index, int offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        await readers.WaitAsync(cancellationToken);
        CachedBlock? block = null;
        try
        {
            block = Acquire(index);
            // The fetch belongs to all who wait for it: one who gives up does not stop it.
            await block.Fetched.WaitAsync(cancellationToken);
            block.Bytes.Span.Slice(offset, destination.Length).CopyTo(destination.Span);
        }
        finally
        {
            block?.Release();
            readers.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await closing.CancelAsync();
        Task[] running;
        lock (gate)
        {
            running = [.. byUse.Select(block => block.Fetched)];
            foreach (var block in byUse)
                block.Release();
            byUse.Clear();
            byIndex.Clear();
        }
        await Task.WhenAll(running).ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        closing.Dispose();
    }

    private CachedBlock Acquire(int index)
    {
        lock (gate)
        {
            ObjectDisposedException.ThrowIf(closed.IsCancellationRequested, this);
            var block = FindOrStart(index);
            block.AddReader();
            if (index == lastIndex + 1)
                for (var ahead = index + 1; ahead <= index + readAhead && ahead < image.Backup.Blocks.Count; ahead++)
                    FindOrStart(ahead);
            lastIndex = index;
            return block;
        }
    }

    private CachedBlock FindOrStart(int index)
    {
        if (byIndex.TryGetValue(index, out var node))
        {
            if (!node.Value.Fetched.IsFaulted)
            {
                byUse.Remove(node);
                byUse.AddFirst(node);
                return node.Value;
            }
            Evict(node);
        }
        while (byUse.Count >= capacity && byUse.Last is { } oldest)
            Evict(oldest);
        var block = new CachedBlock(index, image.BlockSize);
        block.Fetched = FetchAsync(block);
        byIndex[index] = byUse.AddFirst(block);
        return block;
    }

    private void Evict(LinkedListNode<CachedBlock> node)
    {
        byUse.Remove(node);
        byIndex.Remove(node.Value.Index);
        node.Value.Release();
    }

    private async Task FetchAsync(CachedBlock block)
    {
        // The fetch is a reader too: an evicted block's buffer must not go back to the pool while it is being filled.
        block.AddReader();
        try
        {
            await Task.Yield();
            await fetches.WaitAsync(closed);
            try
            {
                var entry = image.Backup.Blocks[block.Index];
                await image.Fetcher.FetchAsync(entry.Offset, entry.Checksum, block.Bytes.Memory, closed);
            }
            finally
            {
                fetches.Release();
            }
        }
        finally
        {
            block.Release();
        }
    }

    private sealed class CachedBlock(int index, int length)
    {
        /// <summary>The cache itself is the first user.</summary>
        private int users = 1;

        public int Index { get; } = index;

        public PooledBytes Bytes { get; } = PooledBytes.Rent(length);

        public Task Fetched { get; set; } = Task.CompletedTask;

        public void AddReader() => Interlocked.Increment(ref users);

        public void Release()
        {
            if (Interlocked.Decrement(ref users) == 0)
                Bytes.Dispose();
        }
    }
}
