using Ankole.Core;

namespace Ankole.Nfs;

/// <summary>
/// Taking temporary files away after a failure. Nobody waits for it, so that an error or a cancellation is seen at once; the client owns the
/// work, gives it two seconds when it is disposed, and leaves the file behind when the server cannot be reached.
/// </summary>
public sealed partial class NfsClient
{
    /// <summary>More left-overs than this at a time are left to the store's own clean-up.</summary>
    private const int MaxCleanups = 64;

    private static readonly TimeSpan CleanupAtEnd = TimeSpan.FromSeconds(2);

    private readonly CancellationTokenSource cleanupLifetime = new();
    private readonly HashSet<Task> cleanups = [];

    private void RemoveLater(FileHandle directory, string name) => Later(name, async token =>
    {
        using var reply = await link.ExecuteAsync(Request(cacheReply: true).PutFh(directory).Remove(name), token);
    });

    private void CloseAndRemoveLater(TemporaryFile file, StateId state) => Later(file.Name, async token =>
    {
        using (var reply = await link.ExecuteAsync(Request(cacheReply: true).PutFh(file.Handle).Close(state), token))
            _ = reply.Status; // the state may be gone already
        using var removed = await link.ExecuteAsync(Request(cacheReply: true).PutFh(file.Directory).Remove(file.Name), token);
    });

    private void Later(string name, Func<CancellationToken, Task> work)
    {
        lock (cleanups)
        {
            cleanups.RemoveWhere(ended => ended.IsCompleted);
            if (cleanups.Count < MaxCleanups && !cleanupLifetime.IsCancellationRequested)
                cleanups.Add(Task.Run(() => TryAsync(name, work), CancellationToken.None));
        }
    }

    private async Task TryAsync(string name, Func<CancellationToken, Task> work)
    {
        try
        {
            await work(cleanupLifetime.Token);
        }
        catch (Exception e) when (e is AnkoleException or OperationCanceledException or ObjectDisposedException)
        {
            Log.TemporaryLeft(logger, name, e.Message);
        }
    }

    private async Task EndCleanupsAsync()
    {
        Task[] open;
        lock (cleanups)
            open = [.. cleanups];
        cleanupLifetime.CancelAfter(CleanupAtEnd);
        await Task.WhenAll(open);
        await cleanupLifetime.CancelAsync();
    }
}
