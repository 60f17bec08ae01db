using Ankole.Control;

namespace Ankole.Server.Tests.Resources;

public abstract partial class ResourceStoreTests
{
    /// <summary>Far more than a delivery takes: only a watch that is broken reaches it.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    [Fact]
    public async Task A_watch_from_nothing_begins_with_what_there_is_and_goes_on_with_changes()
    {
        await Store.CreateAsync(Examples.Volume("a"), Token);
        await using var watch = Watch(new ResourceQuery(Kinds.Volume), null);
        Assert.Equal("Added a", await watch.NextAsync());
        Assert.StartsWith("Bookmark", await watch.NextAsync(), StringComparison.Ordinal);

        var b = await Store.CreateAsync(Examples.Volume("b"), Token);
        await Store.UpdateStatusAsync(b with { Status = new VolumeStatus { State = "detached" } }, Token);
        await Store.DeleteAsync(Examples.VolumeKey("a"), null, Token);
        Assert.Equal("Added b", await watch.NextAsync());
        Assert.Equal("Modified b", await watch.NextAsync());
        Assert.Equal("Deleted a", await watch.NextAsync());
    }

    [Fact]
    public async Task A_watch_from_a_version_delivers_everything_after_it_in_order()
    {
        var a = await Store.CreateAsync(Examples.Volume("a"), Token);
        var list = await Store.ListAsync(new ResourceQuery(Kinds.Volume), Token);
        await Store.UpdateAsync(a with { Spec = a.Spec with { NumberOfReplicas = 2 } }, Token);
        await Store.DeleteAsync(Examples.VolumeKey("a"), null, Token);
        await Store.CreateAsync(Examples.Volume("a"), Token);

        await using var watch = Watch(new ResourceQuery(Kinds.Volume), list.Version);
        Assert.Equal("Modified a", await watch.NextAsync());
        Assert.Equal("Deleted a", await watch.NextAsync());
        Assert.Equal("Added a", await watch.NextAsync());
    }

    [Fact]
    public async Task What_ceases_to_match_a_watch_arrives_as_deleted_and_what_begins_to_as_added()
    {
        var version = (await Store.ListAsync(new ResourceQuery(Kinds.Volume), Token)).Version;
        await using var watch = Watch(new ResourceQuery(Kinds.Volume) { Labels = LabelSelector.Of("app", "web") }, version);
        var volume = await Store.CreateAsync(Examples.Volume("a"), Token);
        volume = await Store.UpdateAsync(WithLabel(volume, "web"), Token);
        volume = await Store.UpdateAsync(volume with { Spec = volume.Spec with { NumberOfReplicas = 2 } }, Token);
        volume = await Store.UpdateAsync(WithLabel(volume, "db"), Token);
        await Store.DeleteAsync(Examples.VolumeKey("a"), null, Token);
        await Store.CreateAsync(Examples.Volume("end", ("app", "web")), Token);

        Assert.Equal("Added a", await watch.NextAsync());
        Assert.Equal("Modified a", await watch.NextAsync());
        Assert.Equal("Deleted a", await watch.NextAsync());
        Assert.Equal("Added end", await watch.NextAsync());

        static VolumeResource WithLabel(VolumeResource volume, string app) =>
            volume with { Metadata = volume.Metadata with { Labels = new Dictionary<string, string> { ["app"] = app } } };
    }

    [Fact]
    public async Task A_deletion_arrives_with_the_last_state_and_a_version_to_go_on_from()
    {
        var created = await Store.CreateAsync(Examples.Volume("a", ("app", "web")), Token);
        await Store.DeleteAsync(Examples.VolumeKey("a"), null, Token);
        await using var watch = Watch(new ResourceQuery(Kinds.Volume), created.Metadata.ResourceVersion);
        var deleted = await watch.NextEventAsync();
        Assert.Equal(ResourceChange.Deleted, deleted.Change);
        Assert.Equal("web", deleted.Resource.Metadata.Labels["app"]);
        await Store.CreateAsync(Examples.Volume("b"), Token);

        await using var later = Watch(new ResourceQuery(Kinds.Volume), deleted.Resource.Metadata.ResourceVersion);
        Assert.Equal("Added b", await later.NextAsync());
    }

    [Fact]
    public async Task A_quiet_watch_tells_its_version_when_other_kinds_have_changed()
    {
        var version = (await Store.ListAsync(new ResourceQuery(Kinds.Node), Token)).Version;
        await using var watch = Watch(new ResourceQuery(Kinds.Node), version);
        var next = watch.NextAsync();
        var backup = await Store.CreateAsync(Examples.Backup("b", "v"), Token);
        // The watch reads at each interval; the first may have passed before the write was there.
        while (!next.IsCompleted)
        {
            Time.Advance(TimeSpan.FromMinutes(2));
            await Task.WhenAny(next, Task.Delay(TimeSpan.FromMilliseconds(50), Token));
        }
        Assert.Equal("Bookmark " + backup.Metadata.ResourceVersion, await next);
    }

    [Fact]
    public async Task A_watch_from_a_version_that_no_store_has_given_yet_is_told_to_list_again()
    {
        await using var watch = Watch(new ResourceQuery(Kinds.Volume), "999999999");
        await Assert.ThrowsAsync<ResourceExpiredException>(watch.NextAsync);
    }

    private EventReader Watch(ResourceQuery query, string? fromVersion) => new(Store.WatchAsync(query, fromVersion, Token));

    private sealed class EventReader(IAsyncEnumerable<ResourceEvent> events) : IAsyncDisposable
    {
        private readonly IAsyncEnumerator<ResourceEvent> reader = events.GetAsyncEnumerator(Token);
        private Task<bool>? pending;

        public async Task<ResourceEvent> NextEventAsync()
        {
            pending = reader.MoveNextAsync().AsTask();
            Assert.True(await pending.WaitAsync(Patience, Token));
            return reader.Current;
        }

        public async Task<string> NextAsync()
        {
            var next = await NextEventAsync();
            return next.Change == ResourceChange.Bookmark ? $"Bookmark {next.Resource.Metadata.ResourceVersion}" : $"{next.Change} {next.Resource.Name}";
        }

        /// <summary>An enumerator that still waits must not be disposed: it ends with the store.</summary>
        public ValueTask DisposeAsync() => pending is { IsCompleted: false } ? ValueTask.CompletedTask : reader.DisposeAsync();
    }
}
