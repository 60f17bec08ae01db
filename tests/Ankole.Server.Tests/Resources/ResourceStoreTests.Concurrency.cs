using Ankole.Control;

namespace Ankole.Server.Tests.Resources;

public abstract partial class ResourceStoreTests
{
    [Fact]
    public async Task Of_many_who_change_one_resource_at_once_nobody_is_lost()
    {
        const int writers = 8, changes = 25;
        await Store.CreateAsync(Examples.Volume("a"), Token);
        await Task.WhenAll(Enumerable.Range(0, writers).Select(_ => Task.Run(async () =>
        {
            for (var i = 0; i < changes; i++)
                await Store.ChangeAsync<VolumeResource>(
                    Examples.VolumeKey("a"), status: true, volume => volume with { Status = volume.Status with { ActualSize = volume.Status.ActualSize + 1 } }, Token);
        })));
        Assert.Equal(writers * changes, (await Store.GetAsync(Kinds.Volume, "a", Token))!.Status.ActualSize);
    }

    [Fact]
    public async Task Of_many_who_create_one_name_exactly_one_succeeds()
    {
        var results = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => Task.Run(async () =>
        {
            try
            {
                await Store.CreateAsync(Examples.Volume("a"), Token);
                return true;
            }
            catch (ResourceExistsException)
            {
                return false;
            }
        })));
        Assert.Equal(1, results.Count(won => won));
    }

    [Fact]
    public async Task Watches_beside_many_writers_see_every_change_once_and_end_at_the_stored_state()
    {
        const int writers = 6, volumes = 30;
        var seen = Enumerable.Range(0, 3).Select(_ => Task.Run(ReplayAsync)).ToList();
        await Task.WhenAll(Enumerable.Range(0, writers).Select(writer => Task.Run(async () =>
        {
            for (var i = 0; i < volumes; i++)
            {
                var created = await Store.CreateAsync(Examples.Volume($"w{writer}-{i}"), Token);
                await Store.UpdateStatusAsync(created with { Status = new VolumeStatus { State = "detached" } }, Token);
                if (i % 3 == 0)
                    await Store.DeleteAsync(Examples.VolumeKey(created.Name), null, Token);
            }
        })));
        await Store.CreateAsync(Examples.Volume("last"), Token);

        var stored = (await Store.ListAsync(new ResourceQuery(Kinds.Volume), Token)).Items.ToDictionary(item => item.Name, item => item.Metadata.ResourceVersion);
        foreach (var replay in seen)
            Assert.Equal(stored, await replay.WaitAsync(Patience, Token));

        async Task<Dictionary<string, string?>> ReplayAsync()
        {
            var state = new Dictionary<string, string?>();
            var highest = 0L;
            await foreach (var change in Store.WatchAsync(new ResourceQuery(Kinds.Volume), "1", Token))
            {
                if (change.Change == ResourceChange.Bookmark)
                    continue;
                Assert.True(VersionOf(change.Resource) > highest, "versions rise");
                highest = VersionOf(change.Resource);
                if (change.Change == ResourceChange.Deleted)
                    Assert.True(state.Remove(change.Resource.Name), "only what is there is deleted");
                else
                    Assert.Equal(change.Change == ResourceChange.Modified, !(state.TryAdd(change.Resource.Name, null)));
                if (change.Change != ResourceChange.Deleted)
                    state[change.Resource.Name] = change.Resource.Metadata.ResourceVersion;
                if (change.Resource.Name == "last")
                    break;
            }
            return state;
        }
    }

    [Fact]
    public async Task What_a_deleted_resource_owned_alone_goes_after_it()
    {
        var owner = await Store.CreateAsync(Examples.Volume("owner"), Token);
        var other = await Store.CreateAsync(Examples.Volume("other"), Token);
        await CreateOwnedAsync("mine", owner);
        await CreateOwnedAsync("shared", owner, other);
        var kept = await CreateOwnedAsync("others", other);
        for (var i = 0; i < 120; i++)
            await CreateOwnedAsync($"many-{i}", owner);
        var held = Examples.Backup("held", "v");
        await Store.CreateAsync(held with { Metadata = held.Metadata with { OwnerReferences = [Examples.OwnerOf(owner)], Finalizers = ["ankole.io"] } }, Token);

        await Store.DeleteAsync(Examples.VolumeKey("owner"), null, Token);

        await UntilAsync(async () => await NamesAsync(new ResourceQuery(Kinds.Backup)) == "held,others,shared");
        await UntilAsync(async () => (await Store.GetAsync(Kinds.Backup, "held", Token))!.IsDeleting);
        await UntilAsync(async () => (await Store.GetAsync(Kinds.Backup, "shared", Token))!.Metadata.OwnerReferences is [{ Name: "other" }]);
        AssertSame(kept, await Store.GetAsync(Kinds.Backup, "others", Token));
    }

    [Fact]
    public async Task A_resource_made_for_an_owner_that_is_gone_goes_too()
    {
        var owner = await Store.CreateAsync(Examples.Volume("owner"), Token);
        await Store.DeleteAsync(Examples.VolumeKey("owner"), null, Token);
        await CreateOwnedAsync("late", owner);
        await UntilAsync(async () => await Store.GetAsync(Kinds.Backup, "late", Token) is null);
    }

    private ValueTask<BackupResource> CreateOwnedAsync(string name, params Resource[] owners)
    {
        var backup = Examples.Backup(name, "v");
        return Store.CreateAsync(backup with { Metadata = backup.Metadata with { OwnerReferences = [.. owners.Select(Examples.OwnerOf)] } }, Token);
    }

    private static async Task UntilAsync(Func<Task<bool>> condition)
    {
        var deadline = DateTime.UtcNow + Patience;
        while (!await condition())
        {
            Assert.True(DateTime.UtcNow < deadline, "it does not come about");
            await Task.Delay(20, Token);
        }
    }
}
