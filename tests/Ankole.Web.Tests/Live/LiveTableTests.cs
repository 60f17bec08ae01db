using Ankole.Control;
using Ankole.Server;
using Ankole.Server.Web.Live;
using Microsoft.Extensions.Time.Testing;

namespace Ankole.Web.Tests.Live;

/// <summary>One watch for all pages that keeps its rows right and gives them back.</summary>
public sealed class LiveTableTests : IAsyncLifetime
{
    private readonly SqliteResourceStore store = SqliteResourceStore.CreateInMemory(TimeProvider.System);
    private readonly FakeTimeProvider time = new();

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => store.DisposeAsync();

    [Fact]
    public async Task What_is_there_is_listed_and_what_changes_is_followed()
    {
        await AddAsync("a");
        await using var table = Table(new LiveOptions());
        using var following = table.Subscribe(() => { });
        await UntilAsync(() => table.IsReady);
        Assert.Equal(["a"], table.Rows.Select(row => row.Name));

        await AddAsync("b");
        await UntilAsync(() => table.Rows.Count == 2);
        var same = table.Rows;
        Assert.Same(same, table.Rows);
        await store.DeleteAsync(new ResourceKey(Kinds.Node, null, "a"), null, CancellationToken.None);
        await UntilAsync(() => table.Rows.Count == 1);
        Assert.NotNull(table.Find("b"));
    }

    [Fact]
    public async Task More_rows_than_the_bound_are_not_kept_and_that_is_known()
    {
        foreach (var name in new[] { "a", "b", "c" })
            await AddAsync(name);
        await using var table = Table(new LiveOptions { MaxRows = 2 });
        using var following = table.Subscribe(() => { });
        await UntilAsync(() => table.IsReady);
        Assert.Equal(2, table.Rows.Count);
        Assert.True(table.IsTruncated);
    }

    [Fact]
    public async Task Rows_stay_while_people_go_from_page_to_page_and_are_given_back_when_nobody_looks()
    {
        await AddAsync("a");
        await using var table = Table(new LiveOptions { Linger = TimeSpan.FromSeconds(30) });
        var first = table.Subscribe(() => { });
        await UntilAsync(() => table.IsReady);
        first.Dispose();
        time.Advance(TimeSpan.FromSeconds(29));
        using (table.Subscribe(() => { }))
        {
            time.Advance(TimeSpan.FromSeconds(60));
            Assert.Single(table.Rows);
        }
        time.Advance(TimeSpan.FromSeconds(31));
        Assert.False(table.IsReady);
        Assert.Empty(table.Rows);

        using var again = table.Subscribe(() => { });
        await UntilAsync(() => table.IsReady);
        Assert.Single(table.Rows);
    }

    private LiveTable<NodeResource> Table(LiveOptions options) =>
        new(store, Kinds.Node, resource => (NodeResource)resource, (one, other) => string.CompareOrdinal(one.Name, other.Name), options, time);

    private async Task AddAsync(string name) => await store.CreateAsync(new NodeResource { Metadata = new ObjectMeta { Name = name } }, CancellationToken.None);

    private static async Task UntilAsync(Func<bool> isReached)
    {
        for (var deadline = DateTime.UtcNow.AddSeconds(30); !isReached(); await Task.Delay(10))
            Assert.True(DateTime.UtcNow < deadline, "not reached within 30 s");
    }
}
