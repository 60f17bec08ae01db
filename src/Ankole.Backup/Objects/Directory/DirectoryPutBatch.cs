using System.Collections.Concurrent;
using Ankole.Core;
using Ankole.Files;
using Microsoft.Win32.SafeHandles;

namespace Ankole.Backup;

/// <summary>
/// Writes many files fast and durably. Threads of the batch's own write, flush and name one file each, many side by side because they mostly wait
/// for the disk; <see cref="CommitAsync"/> waits for them and then makes the names durable, all at once.
/// </summary>
/// <remarks>
/// A file has its name only after its bytes are on disk, so a power loss at any moment leaves whole files and <c>.tmp.</c> leftovers.
/// Large files go past the page cache. Measured on 2 cores and ext4 with files of 2 MiB: one flush after the other 250 MB/s, eight side by side 1200 MB/s.
/// </remarks>
internal sealed class DirectoryPutBatch(DirectoryObjectStore store) : IPutBatch
{
    /// <summary>Threads, and so files on their way. While the processors are busy with hashing, 16 bring a seventh more than 8, and 24 no more than 16.</summary>
    private const int Writers = 16;

    private const int CreateAttempts = 5;

    /// <summary>Below this the page cache costs nothing worth avoiding.</summary>
    private const int SmallestDirectWrite = 64 << 10;

    private readonly SemaphoreSlim slots = new(Writers);
    private readonly BlockingCollection<Job> queue = [];
    private readonly ConcurrentDictionary<string, bool> unflushedFolders = new(StringComparer.Ordinal);
    private readonly List<Task> writers = [];
    private readonly Lock gate = new();
    private volatile bool isDirectRefused;
    private long sequence;

    public async ValueTask PutAsync(string key, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        await slots.WaitAsync(cancellationToken);
        try
        {
            store.Requests.CountPut(content.Length);
            await store.PaceAsync(content.Length, cancellationToken);
            var job = new Job(key, store.PathOf(key), content);
            queue.Add(job, CancellationToken.None);
            StartWriterIfUseful();
            // Not cancelled: the thread reads the caller's bytes until it is done with them.
            await job.Done.Task;
        }
        finally
        {
            slots.Release();
        }
    }

    public async ValueTask CommitAsync(CancellationToken cancellationToken)
    {
        var folders = unflushedFolders.Keys.ToArray();
        unflushedFolders.Clear();
        if (folders.Length == 0)
            return;
        store.Root.Require();
        if (folders.Length >= DirectoryObjectStore.FoldersWorthOneFlush)
        {
            await Task.Run(() => DurableDirectory.FlushFileSystem(store.Root.Path), cancellationToken);
            return;
        }
        var options = new ParallelOptions { MaxDegreeOfParallelism = Writers, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(folders, options, (folder, _) =>
        {
            DurableDirectory.Flush(folder);
            return ValueTask.CompletedTask;
        });
    }

    public async ValueTask DisposeAsync()
    {
        queue.CompleteAdding();
        await Task.WhenAll(writers);
        queue.Dispose();
        slots.Dispose();
    }

    private void StartWriterIfUseful()
    {
        lock (gate)
        {
            if (writers.Count < Writers - slots.CurrentCount)
                writers.Add(Task.Factory.StartNew(WriteAll, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default));
        }
    }

    private void WriteAll()
    {
        foreach (var job in queue.GetConsumingEnumerable())
        {
            try
            {
                Write(job);
                job.Done.SetResult();
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or AnkoleException)
            {
                job.Done.SetException(e as ObjectStoreException ?? store.CannotWrite(job.Key, e));
            }
        }
    }

    private void Write(Job job)
    {
        store.Root.RequireOrCreate();
        var temporary = $"{job.Path}{DurableFile.TemporaryMark}{DateTime.UtcNow.Ticks}{Interlocked.Increment(ref sequence) % 1000:000}";
        var isNamed = false;
        try
        {
            using (var file = Create(job.Path, temporary))
            {
                WriteContent(file, temporary, job.Content.Span);
                SparseFile.FlushData(file, temporary);
            }
            File.Move(temporary, job.Path, overwrite: true);
            isNamed = true;
            unflushedFolders.TryAdd(Path.GetDirectoryName(job.Path)!, true);
        }
        finally
        {
            if (!isNamed)
                DurableFile.Abandon(temporary);
        }
    }

    /// <summary>The part that disks take past the page cache, then the rest of less than <see cref="DirectIo.Alignment"/> bytes.</summary>
    private void WriteContent(SafeFileHandle file, string path, ReadOnlySpan<byte> content)
    {
        var direct = content.Length / DirectIo.Alignment * DirectIo.Alignment;
        if (direct < SmallestDirectWrite || isDirectRefused || !DirectIo.IsAligned(content) || !DirectIo.TrySwitch(file, direct: true))
        {
            PositionedIo.Write(file, path, 0, content);
            return;
        }
        try
        {
            PositionedIo.Write(file, path, 0, content[..direct]);
        }
        catch (FileOperationException e) when (e.IsNotSupported)
        {
            isDirectRefused = true;
            direct = 0;
        }
        DirectIo.TrySwitch(file, direct: false);
        PositionedIo.Write(file, path, direct, content[direct..]);
    }

    private SafeFileHandle Create(string path, string temporary)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return File.OpenHandle(temporary, FileMode.CreateNew, FileAccess.Write);
            }
            catch (DirectoryNotFoundException) when (attempt < CreateAttempts)
            {
                CreateFolder(Path.GetDirectoryName(path)!);
            }
        }
    }

    /// <summary>Like <see cref="DurableDirectory.Create"/>, but the parents are flushed at the commit.</summary>
    private void CreateFolder(string folder)
    {
        var parent = Path.GetDirectoryName(folder)!;
        if (!Directory.Exists(parent))
        {
            if (parent.Length <= store.Root.Path.Length)
                store.Root.RequireOrCreate();
            else
                CreateFolder(parent);
        }
        try
        {
            DurableDirectory.Make(folder);
        }
        catch (FileOperationException e) when (e.Kind == ErrorKind.NotFound)
        {
            return; // A deletion beside us has just removed the parent: the next attempt makes it again.
        }
        unflushedFolders.TryAdd(parent, true);
    }

    /// <summary>One file. Its content is the caller's until <see cref="Done"/>.</summary>
    private sealed record Job(string Key, string Path, ReadOnlyMemory<byte> Content)
    {
        public TaskCompletionSource Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
