using Ankole.Control;
using Ankole.Core;

namespace Ankole.Server.Web.Live;

/// <summary>
/// The rows of one kind, kept up to date by one watch for all open pages. The watch runs while somebody follows, and a little longer.
/// </summary>
/// <remarks>
/// 1. The first follower starts it: list page by page, then watch from the list's version.
/// 2. Every change replaces one row; followers are told and decide themselves when to draw.
/// 3. A history that is gone, or a store that fails, begins again at 1 with the old rows still shown.
/// 4. After the last follower left and <see cref="LiveOptions.Linger"/> went by, the watch ends and the rows are given back.
/// </remarks>
internal sealed class LiveTable<TRow> : ILiveSource, IAsyncDisposable where TRow : class
{
    private const int PageSize = 500;

    private readonly IResourceStore store;
    private readonly ResourceKind kind;
    private readonly Func<Resource, TRow> project;
    private readonly Comparison<TRow> order;
    private readonly LiveOptions options;
    private readonly TimeProvider time;
    private readonly Lock gate = new();
    private readonly HashSet<Subscription> followers = [];
    private Dictionary<string, TRow> rows = [];
    private TRow[]? sorted;
    private CancellationTokenSource? stop;
    private Task watching = Task.CompletedTask;
    private ITimer? linger;

    /// <param name="project">What is kept of a resource: small, where there are many.</param>
    /// <param name="order">As most pages show them.</param>
    public LiveTable(IResourceStore store, ResourceKind kind, Func<Resource, TRow> project, Comparison<TRow> order, LiveOptions options, TimeProvider time)
    {
        this.store = store;
        this.kind = kind;
        this.project = project;
        this.order = order;
        this.options = options;
        this.time = time;
    }

    public bool IsReady { get; private set; }

    public string? Trouble { get; private set; }

    /// <summary>True: there are more than are kept.</summary>
    public bool IsTruncated { get; private set; }

    /// <summary>All rows in order; the same array until something changes.</summary>
    public IReadOnlyList<TRow> Rows
    {
        get
        {
            lock (gate)
            {
                if (sorted is null)
                {
                    sorted = [.. rows.Values];
                    Array.Sort(sorted, order);
                }
                return sorted;
            }
        }
    }

    public TRow? Find(string name) => Find(null, name);

    public TRow? Find(string? @namespace, string name)
    {
        lock (gate)
            return rows.GetValueOrDefault(KeyOf(@namespace, name));
    }

    public IDisposable Subscribe(Action changed)
    {
        var subscription = new Subscription(this, changed);
        lock (gate)
        {
            followers.Add(subscription);
            linger?.Dispose();
            linger = null;
            if (stop is null)
            {
                stop = new CancellationTokenSource();
                var token = stop.Token;
                watching = Task.Run(() => RunAsync(token), CancellationToken.None);
            }
        }
        return subscription;
    }

    public async ValueTask DisposeAsync()
    {
        Task last;
        lock (gate)
        {
            linger?.Dispose();
            stop?.Cancel();
            last = watching;
        }
        await last;
    }

    private void Leave(Subscription subscription)
    {
        lock (gate)
        {
            if (!followers.Remove(subscription) || followers.Count > 0)
                return;
            linger?.Dispose();
            linger = time.CreateTimer(_ => GiveBack(), null, options.Linger, Timeout.InfiniteTimeSpan);
        }
    }

    private void GiveBack()
    {
        lock (gate)
        {
            if (followers.Count > 0)
                return;
            stop?.Cancel();
            stop = null;
            rows = [];
            sorted = null;
            IsReady = false;
        }
    }

    private async Task RunAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                var version = await ListAsync(cancellationToken);
                await foreach (var change in store.WatchAsync(new ResourceQuery(kind), version, cancellationToken))
                    Apply(change, cancellationToken);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }
            catch (ResourceExpiredException)
            {
                continue;
            }
            catch (Exception e) when (e is AnkoleException or IOException or System.Data.Common.DbException or ObjectDisposedException)
            {
                Trouble = $"{kind.Kind}s cannot be read at the moment: {e.Message}";
                Tell();
            }
            try
            {
                await Task.Delay(options.RetryAfter, time, cancellationToken);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    private async Task<string> ListAsync(CancellationToken cancellationToken)
    {
        var fresh = new Dictionary<string, TRow>();
        var truncated = false;
        var query = new ResourceQuery(kind) { Limit = PageSize };
        ResourceList page;
        do
        {
            page = await store.ListAsync(query, cancellationToken);
            foreach (var resource in page.Items)
                if (fresh.Count < options.MaxRows)
                    fresh[KeyOf(resource.Metadata.Namespace, resource.Name)] = project(resource);
                else
                    truncated = true;
            query = query with { Continue = page.Continue };
        }
        while (page.Continue is not null);
        lock (gate)
        {
            if (cancellationToken.IsCancellationRequested)
                return page.Version;
            rows = fresh;
            sorted = null;
            IsTruncated = truncated;
            IsReady = true;
            Trouble = null;
        }
        Tell();
        return page.Version;
    }

    private void Apply(ResourceEvent change, CancellationToken cancellationToken)
    {
        if (change.Change == ResourceChange.Bookmark)
            return;
        var key = KeyOf(change.Resource.Metadata.Namespace, change.Resource.Name);
        lock (gate)
        {
            if (cancellationToken.IsCancellationRequested)
                return;
            if (change.Change == ResourceChange.Deleted)
                rows.Remove(key);
            else if (rows.Count < options.MaxRows || rows.ContainsKey(key))
                rows[key] = project(change.Resource);
            else
                IsTruncated = true;
            sorted = null;
        }
        Tell();
    }

    private void Tell()
    {
        Subscription[] told;
        lock (gate)
            told = [.. followers];
        foreach (var follower in told)
            follower.Changed();
    }

    private static string KeyOf(string? @namespace, string name) => @namespace is null ? name : @namespace + "/" + name;

    private sealed class Subscription(LiveTable<TRow> table, Action changed) : IDisposable
    {
        public Action Changed { get; } = changed;

        public void Dispose() => table.Leave(this);
    }
}
