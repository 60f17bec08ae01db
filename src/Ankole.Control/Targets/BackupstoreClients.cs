using Ankole.Backup;
using Ankole.Core;

namespace Ankole.Control;

/// <summary>
/// One open backupstore per target, shared by everybody. Where the URL or the credentials have changed, whoever comes next gets a new one, and the
/// old one is closed when its last user is done.
/// </summary>
internal sealed class BackupstoreClients(IResourceStore store, IObjectStoreFactory factory, HostOptions options, TimeProvider time) : IAsyncDisposable
{
    private readonly SemaphoreSlim turn = new(1, 1);
    private readonly Dictionary<string, Client> clients = new(StringComparer.Ordinal);
    private readonly ObjectStoreMetrics metrics = new();

    public IObjectStoreFactory Factory => factory;

    /// <exception cref="AnkoleException">There is no such target, it has no usable URL, or its credentials are missing or wrong.</exception>
    public async ValueTask<BackupstoreLease> OpenAsync(string targetName, CancellationToken cancellationToken)
    {
        var target = await store.GetAsync(Kinds.BackupTarget, targetName, cancellationToken)
            ?? throw new AnkoleException(ErrorKind.NotFound, $"there is no backup target '{targetName}'. Create it, or name another one.");
        return await OpenAsync(target, await TargetConnection.ReadAsync(store, target, cancellationToken), cancellationToken);
    }

    public async ValueTask<BackupstoreLease> OpenAsync(BackupTargetResource target, TargetConnection connection, CancellationToken cancellationToken)
    {
        Client? outdated = null;
        Client client;
        await turn.WaitAsync(cancellationToken);
        try
        {
            if (clients.TryGetValue(target.Name, out var existing) && existing.Fingerprint == connection.Fingerprint)
            {
                client = existing;
            }
            else
            {
                outdated = existing;
                var objects = factory.Open(connection.Url, connection.Credentials);
                client = clients[target.Name] = new Client(
                    connection.Fingerprint, objects, new Backupstore(objects, options.Backupstore, time), metrics.Count(target.Name, objects.Requests));
            }
            client.Users++;
        }
        finally
        {
            turn.Release();
        }
        if (outdated is not null)
            await ReleaseAsync(outdated);
        return new BackupstoreLease(target, connection.Url, client.Store, () => ReleaseAsync(client));
    }

    /// <summary>Closes the target's store when its last user is done.</summary>
    public async ValueTask ForgetAsync(string targetName)
    {
        Client? client;
        await turn.WaitAsync();
        try
        {
            clients.Remove(targetName, out client);
        }
        finally
        {
            turn.Release();
        }
        if (client is not null)
            await ReleaseAsync(client);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var target in clients.Keys.ToArray())
            await ForgetAsync(target);
        metrics.Dispose();
    }

    private static async ValueTask ReleaseAsync(Client client)
    {
        if (Interlocked.Decrement(ref client.Users) > 0)
            return;
        client.Counting.Dispose();
        await client.Objects.DisposeAsync();
    }

    private sealed class Client(string fingerprint, IObjectStore objects, Backupstore store, IDisposable counting)
    {
        public IDisposable Counting { get; } = counting;

        public string Fingerprint { get; } = fingerprint;

        public IObjectStore Objects { get; } = objects;

        public Backupstore Store { get; } = store;

        /// <summary>Being remembered counts as one.</summary>
        public int Users = 1;
    }
}

/// <summary>A target's backupstore, open at least until this is disposed.</summary>
internal sealed class BackupstoreLease(BackupTargetResource target, TargetUrl url, Backupstore store, Func<ValueTask> release) : IAsyncDisposable
{
    private Func<ValueTask>? release = release;

    public BackupTargetResource Target { get; } = target;

    public TargetUrl Url { get; } = url;

    public Backupstore Store { get; } = store;

    /// <summary>Requests sent so far: something that changes as long as the store is being talked to.</summary>
    public long Pulse
    {
        get
        {
            var counts = Store.Objects.Requests.Snapshot();
            return counts.Total + counts.BytesRead + counts.BytesWritten;
        }
    }

    public ValueTask DisposeAsync() => Interlocked.Exchange(ref release, null)?.Invoke() ?? ValueTask.CompletedTask;
}
