using Ankole.Control;
using Ankole.Web.Tests.Browser;
using Ankole.Web.Tests.Hosting;
using Ankole.Web.Tests.Seeding;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Ankole.Web.Tests.Flows;

/// <summary>A volume grows, goes back to a snapshot and goes for good; and several are handled at once.</summary>
public sealed class VolumeCareTests(Chromium chromium)
{
    [Fact]
    public async Task A_volume_grows_under_its_user_and_never_shrinks()
    {
        using var folder = new TemporaryFolder();
        await using var daemon = await DaemonHost.StartAsync(folder["data"]);
        await daemon.MakeVolumeAsync("data");
        await using var visitor = await Visitor.ComeAsync(chromium, daemon.Address);
        await visitor.SignInAsync(daemon.Token, "/volumes/data");

        await visitor.ChooseAsync("More actions", "Expand");
        await Expect(visitor.Dialog).ToContainTextAsync("data is 64 MiB now");
        await visitor.Field("New size").FillAsync("32");
        await visitor.SubmitAsync("Expand");
        await Expect(visitor.Dialog.Locator(".errors")).ToContainTextAsync("cannot shrink");
        await visitor.Field("New size").FillAsync("96");
        await visitor.SubmitAsync("Expand");
        await Expect(visitor.Said("data grows to 96 MiB")).ToBeVisibleAsync();
        await daemon.UntilAsync(Kinds.Volume, "data", volume => volume.Status.CurrentSize == $"{96 << 20}");
        await Expect(visitor.Page.Locator(".facts").First).ToContainTextAsync("96 MiB");
        // What was added can be written to.
        var bytes = VolumeBytes.Random(1, 1 << 20);
        await VolumeBytes.WriteAsync(await daemon.EndpointAsync("data"), 95 << 20, bytes);
        Assert.Equal(bytes, await VolumeBytes.ReadAsync(await daemon.EndpointAsync("data"), 95 << 20, bytes.Length));
        Assert.Empty(visitor.Complaints);
    }

    [Fact]
    public async Task A_revert_brings_the_snapshots_bytes_back_and_keeps_what_was_there_as_a_snapshot()
    {
        using var folder = new TemporaryFolder();
        await using var daemon = await DaemonHost.StartAsync(folder["data"]);
        await daemon.MakeVolumeAsync("data");
        var (before, after) = (VolumeBytes.Random(1, 1 << 20), VolumeBytes.Random(2, 1 << 20));
        await VolumeBytes.WriteAsync(await daemon.EndpointAsync("data"), 0, before);
        await daemon.Users.CreateAsync(new SnapshotResource { Metadata = new ObjectMeta { Name = "good" }, Spec = new SnapshotSpec { Volume = "data", CreateSnapshot = true } }, CancellationToken.None);
        await daemon.UntilAsync(Kinds.Snapshot, "good", snapshot => snapshot.Status.ReadyToUse);
        await VolumeBytes.WriteAsync(await daemon.EndpointAsync("data"), 0, after);

        await using var visitor = await Visitor.ComeAsync(chromium, daemon.Address);
        await visitor.SignInAsync(daemon.Token, "/volumes/data");
        await visitor.ChooseAsync("Actions for snapshot good", "Revert to it");
        await Expect(visitor.Dialog).ToContainTextAsync("What was written since and is in no snapshot is lost");
        // Under its users it is not reverted.
        await Expect(visitor.Dialog).ToContainTextAsync("It is attached");
        await Expect(visitor.Dialog.GetByRole(AriaRole.Button, new() { Name = "Revert", Exact = true })).ToBeDisabledAsync();
        await Screenshots.TakeAsync(visitor.Page, "revert-attached", "light");
        await visitor.SubmitAsync("Detach it now");
        await Expect(visitor.Field("Take a snapshot of it as it is now, first")).ToBeCheckedAsync();
        await visitor.SubmitAsync("Revert");
        await Expect(visitor.Page.Locator("[data-card=operations] li", new() { HasText = "Revert" })).ToContainTextAsync("succeeded");
        await visitor.Page.GetByRole(AriaRole.Button, new() { Name = "Attach" }).ClickAsync();
        Assert.Equal(before, await VolumeBytes.ReadAsync(await daemon.EndpointAsync("data"), 0, before.Length));
        // The tree shows both: the one gone back to, and the state before.
        await Expect(visitor.Page.Locator("[data-card=snapshots] tbody tr", new() { HasText = "data-20" })).ToHaveCountAsync(1);
        await Screenshots.TakeAsync(visitor.Page, "volume-reverted", "light");

        await visitor.ChooseAsync("Actions for snapshot good", "Delete");
        await Expect(visitor.Dialog).ToContainTextAsync("can no longer go back");
        await visitor.SubmitAsync("Delete snapshot");
        await Expect(visitor.Said("Snapshot good is being deleted")).ToBeVisibleAsync();
        await Expect(visitor.Page.Locator("[data-card=snapshots] tbody tr", new() { HasText = "good" }).GetByText("ready", new() { Exact = true })).ToHaveCountAsync(0);
        Assert.Empty(visitor.Complaints);
    }

    [Fact]
    public async Task Deleting_a_volume_says_what_goes_what_space_that_frees_and_that_backups_stay()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder["store"]);
        await using var daemon = await DaemonHost.StartAsync(folder["data"]);
        await daemon.UseTargetAsync($"file://{folder["store"]}");
        await daemon.MakeVolumeAsync("data");
        await VolumeBytes.WriteAsync(await daemon.EndpointAsync("data"), 0, VolumeBytes.Random(1, 4 << 20));
        await daemon.BackUpAsync("data", "kept");
        await daemon.UntilAsync(Kinds.Volume, "data", volume => volume.Status.ActualSize >= 4 << 20);

        await using var visitor = await Visitor.ComeAsync(chromium, daemon.Address);
        await visitor.SignInAsync(daemon.Token, "/volumes/data");
        await visitor.ChooseAsync("More actions", "Delete");
        var summary = visitor.Dialog.Locator("[data-summary=deletion]");
        await Expect(summary).ToContainTextAsync("data: 64 MiB, 1 snapshot, frees 4");
        await Expect(summary).ToContainTextAsync("It is attached");
        await Expect(visitor.Dialog.GetByRole(AriaRole.Note)).ToContainTextAsync("Backups stay: 1 backup");
        await Screenshots.TakeAsync(visitor.Page, "volume-delete", "light");
        // Asked once, and a no is a no.
        await visitor.SubmitAsync("Cancel");
        await Expect(visitor.Dialog).ToHaveCountAsync(0);
        Assert.NotNull(await daemon.Store.GetAsync(Kinds.Volume, "data", CancellationToken.None));

        await visitor.ChooseAsync("More actions", "Delete");
        await visitor.SubmitAsync("Delete volume");
        await daemon.UntilGoneAsync(Kinds.Volume, "data");
        await visitor.GoAsync("/backups");
        await Expect(visitor.Page.Locator("tbody tr")).ToContainTextAsync("kept");
        Assert.Empty(visitor.Complaints);
    }

    [Fact]
    public async Task Several_volumes_are_attached_expanded_backed_up_and_deleted_at_once()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder["store"]);
        await using var daemon = await DaemonHost.StartAsync(folder["data"]);
        await daemon.UseTargetAsync($"file://{folder["store"]}");
        foreach (var (name, size) in new[] { ("one", "32Mi"), ("two", "48Mi"), ("large", "128Mi") })
            await daemon.MakeVolumeAsync(name, size);
        await using var visitor = await Visitor.ComeAsync(chromium, daemon.Address);
        await visitor.SignInAsync(daemon.Token, "/volumes");
        var bulk = visitor.Page.GetByRole(AriaRole.Group, new() { Name = "Actions for the chosen volumes" });
        await visitor.Page.GetByLabel("Choose all").CheckAsync();
        await Expect(bulk).ToContainTextAsync("3 volumes chosen");

        await BulkAsync("Detach");
        await UntilAllAsync(volume => volume.Status.State == VolumeState.Detached);
        await BulkAsync("Attach");
        await UntilAllAsync(volume => volume.Status.State == VolumeState.Attached);

        await BulkAsync("Expand");
        await visitor.Field("New size of each").FillAsync("64");
        await visitor.Field("Unit").SelectOptionAsync("Mi");
        await Expect(visitor.Dialog.Locator("li", new() { HasText = "large" })).ToContainTextAsync("stays as it is");
        await Screenshots.TakeAsync(visitor.Page, "volumes-expand", "light");
        await visitor.SubmitAsync("Expand");
        await Expect(visitor.Said("2 volumes of 3 grow to 64 MiB")).ToBeVisibleAsync();
        await UntilAllAsync(volume => volume.Status.CurrentSize == $"{(volume.Name == "large" ? 128 : 64) << 20}");

        await BulkAsync("Snapshot");
        await BulkAsync("Back up");
        // It is said for a few seconds only, and the backups may take longer.
        await Expect(visitor.Said("3 backups begun")).ToBeVisibleAsync();
        await UntilAllAsync(volume => volume.Status.LastBackupAt is not null);

        await visitor.Page.GetByLabel("Choose large").UncheckAsync();
        await Expect(bulk).ToContainTextAsync("2 volumes chosen");
        await BulkAsync("Delete");
        await Expect(visitor.Dialog.Locator("[data-summary=deletion] li")).ToHaveCountAsync(2);
        await visitor.SubmitAsync("Delete 2 volumes");
        foreach (var name in new[] { "one", "two" })
            await daemon.UntilGoneAsync(Kinds.Volume, name);
        await Expect(visitor.Page.Locator("tbody tr")).ToHaveCountAsync(1);
        await Expect(bulk).ToHaveCountAsync(0);
        Assert.Empty(visitor.Complaints);

        Task BulkAsync(string action) => bulk.GetByRole(AriaRole.Button, new() { Name = action, Exact = true }).ClickAsync();

        async Task UntilAllAsync(Func<VolumeResource, bool> isReached)
        {
            foreach (var name in new[] { "one", "two", "large" })
                await daemon.UntilAsync(Kinds.Volume, name, isReached);
        }
    }
}
