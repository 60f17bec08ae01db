using Ankole.Control;
using Ankole.Web.Tests.Browser;
using Ankole.Web.Tests.Hosting;
using Ankole.Web.Tests.Seeding;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Ankole.Web.Tests.Flows;

/// <summary>What somebody does on their first day, in a browser, with a whole daemon behind it.</summary>
public sealed class FirstDayTests(Chromium chromium)
{
    [Fact]
    public async Task A_target_a_volume_a_snapshot_a_backup_a_job_and_a_restore_without_any_document()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder["store"]);
        await using var daemon = await DaemonHost.StartAsync(folder["data"]);
        await using var visitor = await Visitor.ComeAsync(chromium, daemon.Address);
        await visitor.SignInAsync(daemon.Token);
        var page = visitor.Page;

        // The dashboard says what to do first.
        await page.GetByRole(AriaRole.Link, new() { Name = "Set a backup target" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Set it up" }).ClickAsync();
        await visitor.Field("URL").FillAsync($"file://{folder["store"]}");
        await visitor.Dialog.GetByRole(AriaRole.Button, new() { Name = "Save and test" }).ClickAsync();
        await Expect(page.Locator("[data-target=default] .badge").First).ToHaveTextAsync("available");

        await page.GetByRole(AriaRole.Link, new() { Name = "Volumes" }).First.ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "New volume" }).First.ClickAsync();
        await visitor.Field("Name").FillAsync("data");
        await visitor.Field("Size").FillAsync("64");
        await visitor.Field("Unit").SelectOptionAsync("Mi");
        await visitor.Dialog.GetByRole(AriaRole.Button, new() { Name = "Create volume" }).ClickAsync();
        await Expect(page.Locator(".page-head .badge")).ToHaveTextAsync("attached");
        await Expect(page.Locator("[data-card=connect]")).ToContainTextAsync("nbdinfo");
        var bytes = VolumeBytes.Random(4711, 8 << 20);
        await VolumeBytes.WriteAsync(await daemon.EndpointAsync("data"), 1 << 20, bytes);

        await page.GetByRole(AriaRole.Button, new() { Name = "Take snapshot" }).First.ClickAsync();
        await visitor.Field("Name").FillAsync("before-lunch");
        await visitor.Dialog.GetByRole(AriaRole.Button, new() { Name = "Take snapshot" }).ClickAsync();
        await Expect(page.Locator("[data-card=snapshots] tr", new() { HasText = "before-lunch" })).ToContainTextAsync("ready");

        await visitor.ChooseAsync("Actions for snapshot before-lunch", "Back up");
        await visitor.Dialog.GetByRole(AriaRole.Button, new() { Name = "Back up" }).ClickAsync();
        await Expect(page.Locator("[data-card=backups] tbody tr").First).ToContainTextAsync("completed");
        await Expect(page.Locator("[data-card=snapshots] tr", new() { HasText = "before-lunch" })).ToContainTextAsync("backed up");

        await page.Locator("[data-card=jobs]").GetByRole(AriaRole.Button, new() { Name = "New shared job" }).ClickAsync();
        await visitor.Field("Name").FillAsync("often");
        await visitor.Field("Cron").CheckAsync(new() { Force = true });
        await visitor.Field("Cron line").FillAsync("@every 3s");
        await Expect(visitor.Dialog.Locator("[data-preview=schedule]")).ToContainTextAsync("Every 3 seconds");
        await Expect(visitor.Dialog.Locator("[data-preview=schedule] li")).ToHaveCountAsync(5);
        await visitor.Field("Retain").FillAsync("2");
        await visitor.Dialog.GetByRole(AriaRole.Button, new() { Name = "Create job" }).ClickAsync();
        await Expect(page.Locator("[data-card=jobs] li", new() { HasText = "often" })).ToContainTextAsync("done: 1");
        await Expect(page.Locator("[data-card=backups] tbody")).ToContainTextAsync("job often");

        // Restore what the snapshot held, whatever came after.
        var backup = await FirstAsync(daemon, made => made.Status.SnapshotName == "before-lunch");
        await visitor.GoAsync("/backups");
        await visitor.ChooseAsync($"Actions for backup {backup.Name}", "Create volume from it");
        await visitor.Field("Name").FillAsync("again");
        await visitor.Field("Attach it at once").CheckAsync();
        await visitor.Dialog.GetByRole(AriaRole.Button, new() { Name = "Create volume" }).ClickAsync();
        await Expect(page.Locator("h1")).ToHaveTextAsync("again");
        await Expect(page.Locator(".page-head .badge")).ToHaveTextAsync("attached");
        Assert.Equal(bytes, await VolumeBytes.ReadAsync(await daemon.EndpointAsync("again"), 1 << 20, bytes.Length));
        Assert.Empty(visitor.Complaints);
    }

    private static async Task<BackupResource> FirstAsync(DaemonHost daemon, Func<BackupResource, bool> which)
    {
        await foreach (var backup in daemon.Store.ListAsync(Kinds.Backup, null, CancellationToken.None))
            if (which(backup))
                return backup;
        throw new InvalidOperationException("there is no such backup");
    }
}
