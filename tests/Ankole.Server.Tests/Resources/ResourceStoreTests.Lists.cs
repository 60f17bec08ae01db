using System.Globalization;
using Ankole.Control;
using Ankole.Core;

namespace Ankole.Server.Tests.Resources;

public abstract partial class ResourceStoreTests
{
    [Fact]
    public async Task A_list_comes_in_pages_that_show_one_state()
    {
        for (var i = 0; i < 25; i++)
            await Store.CreateAsync(Examples.Volume($"v-{i:00}"), Token);

        var first = await Store.ListAsync(new ResourceQuery(Kinds.Volume) { Limit = 10 }, Token);
        Assert.Equal(15, first.Remaining);
        await Store.DeleteAsync(Examples.VolumeKey("v-12"), null, Token);
        await Store.CreateAsync(Examples.Volume("v-12x"), Token);
        var changed = (await Store.GetAsync(Kinds.Volume, "v-13", Token))!;
        await Store.UpdateAsync(changed with { Spec = changed.Spec with { Size = "2147483648" } }, Token);

        var second = await Store.ListAsync(new ResourceQuery(Kinds.Volume) { Limit = 10, Continue = first.Continue }, Token);
        Assert.Equal(5, second.Remaining);
        var third = await Store.ListAsync(new ResourceQuery(Kinds.Volume) { Limit = 10, Continue = second.Continue }, Token);
        Assert.Null(third.Continue);
        Assert.Equal(first.Version, third.Version);
        var all = first.Items.Concat(second.Items).Concat(third.Items).Cast<VolumeResource>().ToList();
        Assert.Equal(Enumerable.Range(0, 25).Select(i => $"v-{i:00}"), all.Select(volume => volume.Name));
        Assert.All(all, volume => Assert.Equal("1073741824", volume.Spec.Size));
    }

    [Theory]
    [InlineData("app in (web)", "a,b")]
    [InlineData("app in (web,db)", "a,b,c")]
    [InlineData("app notin (web)", "c,d")]
    [InlineData("tier", "a")]
    [InlineData("!app", "d")]
    [InlineData("app in (web),tier in (1)", "a")]
    public async Task Labels_select(string selector, string expected)
    {
        await Store.CreateAsync(Examples.Volume("a", ("app", "web"), ("tier", "1")), Token);
        await Store.CreateAsync(Examples.Volume("b", ("app", "web")), Token);
        await Store.CreateAsync(Examples.Volume("c", ("app", "db")), Token);
        await Store.CreateAsync(Examples.Volume("d"), Token);

        LabelSelector labels = selector switch
        {
            "app in (web)" => LabelSelector.Of("app", "web"),
            "app in (web,db)" => new([new("app", LabelOperator.In, ["web", "db"])]),
            "app notin (web)" => new([new("app", LabelOperator.NotIn, ["web"])]),
            "tier" => new([new("tier", LabelOperator.Exists, [])]),
            "!app" => new([new("app", LabelOperator.DoesNotExist, [])]),
            _ => new([new("app", LabelOperator.In, ["web"]), new("tier", LabelOperator.In, ["1"])]),
        };
        Assert.Equal(expected, await NamesAsync(new ResourceQuery(Kinds.Volume) { Labels = labels }));
    }

    [Theory]
    [InlineData("metadata.name", "b2", true, "b2")]
    [InlineData("metadata.name", "b2", false, "b1,b3")]
    [InlineData("spec.volumeName", "v1", true, "b1,b2")]
    [InlineData("spec.snapshotName", "snap-b3", true, "b3")]
    [InlineData("spec.backupMode", "", true, "b1,b2,b3")]
    [InlineData("status.state", "Completed", true, "b2")]
    [InlineData("status.state", "", true, "b1,b3")]
    [InlineData("status.progress", "100", true, "b2")]
    [InlineData("spec.nothing", "x", true, "")]
    public async Task Fields_select(string path, string value, bool equal, string expected)
    {
        await Store.CreateAsync(Examples.Backup("b1", "v1"), Token);
        var second = await Store.CreateAsync(Examples.Backup("b2", "v1"), Token);
        await Store.CreateAsync(Examples.Backup("b3", "v2"), Token);
        await Store.UpdateStatusAsync(second with { Status = new BackupStatus { State = BackupState.Completed, Progress = 100 } }, Token);

        Assert.Equal(expected, await NamesAsync(new ResourceQuery(Kinds.Backup) { Fields = [new FieldRequirement(path, value, equal)] }));
    }

    [Fact]
    public async Task Pages_of_a_selection_hold_what_the_state_at_the_first_page_held()
    {
        for (var i = 0; i < 30; i++)
            await Store.CreateAsync(Examples.Backup($"b{i:00}", i % 2 == 0 ? "even" : "odd"), Token);
        var query = new ResourceQuery(Kinds.Backup) { Fields = [new FieldRequirement("spec.volumeName", "even")], Limit = 4 };

        var names = new List<string>();
        string? next = null;
        do
        {
            var page = await Store.ListAsync(query with { Continue = next }, Token);
            names.AddRange(page.Items.Select(item => item.Name));
            next = page.Continue;
            var moved = (await Store.GetAsync(Kinds.Backup, $"b{28 - names.Count:00}", Token))!;
            await Store.UpdateAsync(moved with { Spec = moved.Spec with { VolumeName = "even" } }, Token);
        }
        while (next is not null);
        Assert.Equal(Enumerable.Range(0, 15).Select(i => $"b{2 * i:00}"), names);
    }

    [Fact]
    public async Task A_continue_token_that_no_list_has_made_is_refused() =>
        await Assert.ThrowsAsync<InvalidInputException>(async () => await Store.ListAsync(new ResourceQuery(Kinds.Volume) { Continue = "nonsense" }, Token));

    [Fact]
    public async Task Versions_of_all_kinds_are_one_rising_sequence()
    {
        var versions = new List<long>();
        for (var i = 0; i < 5; i++)
        {
            versions.Add(VersionOf(await Store.CreateAsync(Examples.Volume($"v-{i}"), Token)));
            versions.Add(VersionOf(await Store.CreateAsync(Examples.Backup($"b-{i}", "v"), Token)));
            var deleted = await Store.DeleteAsync(Examples.VolumeKey($"v-{i}"), null, Token);
            versions.Add(DeletionTellsItsVersion ? VersionOf(deleted!) : long.Parse((await Store.ListAsync(new ResourceQuery(Kinds.Node), Token)).Version, CultureInfo.InvariantCulture));
        }
        Assert.Equal(versions.Order().Distinct(), versions);
        Assert.Equal(versions[^1].ToString(CultureInfo.InvariantCulture), (await Store.ListAsync(new ResourceQuery(Kinds.Node), Token)).Version);
    }

    private static long VersionOf(Resource resource) => long.Parse(resource.Metadata.ResourceVersion!, CultureInfo.InvariantCulture);

    private async Task<string> NamesAsync(ResourceQuery query) => string.Join(',', (await Store.ListAsync(query, Token)).Items.Select(item => item.Name));
}
