using Ankole.Control;
using Ankole.Web.Tests.Browser;
using Ankole.Web.Tests.Hosting;
using Ankole.Web.Tests.Seeding;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Ankole.Web.Tests.Flows;

/// <summary>What is done with backups: a standby volume follows them and takes over, they are verified, and they go.</summary>
public sealed class BackupCareTests(Chromium chromium)
{
    private const int MiB = 1 << 20;

    [Fact]
    public async Task A_standby_volume_follows_newer_backups_and_is_activated()
    {
        using var folder = new TemporaryFolder();
        await using var daemon = await StartAsync(folder);
        await daemon.MakeVolumeAsync("data");
        await VolumeBytes.WriteAsync(await daemon.EndpointAsync("data"), 0, VolumeBytes.Random(1, 2 * MiB));
        await daemon.BackUpAsync("data", "first");
        await using var visitor = await Visitor.ComeAsync(chromium, daemon.Address);
        await visitor.SignInAsync(daemon.Token, "/backups");

        await visitor.ChooseAsync("Actions for backup first", "Create standby volume");
        await Expect(visitor.Field("Name")).ToHaveValueAsync("data-standby");
        await Expect(visitor.Dialog.GetByRole(AriaRole.Note)).ToContainTextAsync("cannot be attached until it is activated");
        await visitor.SubmitAsync("Create volume");
        await Expect(visitor.Page.Locator("h1")).ToHaveTextAsync("data-standby");
        await Expect(visitor.Page.Locator(".page-head .badge")).ToHaveTextAsync("standby");
        await Expect(visitor.Page.GetByRole(AriaRole.Button, new() { Name = "Attach" })).ToHaveCountAsync(0);
        await daemon.UntilAsync(Kinds.Volume, "data-standby", volume => volume.Status.LastRestoredBackup == "first");
        await Expect(visitor.Page.Locator("[data-work=restore]")).ToContainTextAsync("Following its backups");
        // Up to date it is neither busy nor in trouble.
        await Expect(visitor.Page.Locator("[data-work=restore]")).ToContainTextAsync("the volume holds backup 'first'");
        await Expect(visitor.Page.Locator("[data-work=restore] progress")).ToHaveCountAsync(0);
        await Expect(visitor.Page.Locator(".page-head .badge")).ToHaveTextAsync("standby");
        await Screenshots.TakeAsync(visitor.Page, "volume-standby", "light");

        var newer = VolumeBytes.Random(2, 2 * MiB);
        await VolumeBytes.WriteAsync(await daemon.EndpointAsync("data"), 8 * MiB, newer);
        await daemon.BackUpAsync("data", "second");
        await visitor.ChooseAsync("More actions", "Activate");
        await Expect(visitor.Dialog).ToContainTextAsync("It cannot become a standby volume again");
        await visitor.SubmitAsync("Activate");
        await Expect(visitor.Page.Locator(".page-head .badge")).ToHaveTextAsync("detached");
        await visitor.Page.GetByRole(AriaRole.Button, new() { Name = "Attach" }).ClickAsync();
        await Expect(visitor.Page.Locator(".page-head .badge")).ToHaveTextAsync("attached");
        Assert.Equal(newer, await VolumeBytes.ReadAsync(await daemon.EndpointAsync("data-standby"), 8 * MiB, newer.Length));
        Assert.Empty(visitor.Complaints);
    }

    [Fact]
    public async Task A_backup_is_verified_and_damage_is_named()
    {
        using var folder = new TemporaryFolder();
        await using var daemon = await StartAsync(folder);
        await daemon.MakeVolumeAsync("data");
        await VolumeBytes.WriteAsync(await daemon.EndpointAsync("data"), 0, VolumeBytes.Random(1, 4 * MiB));
        await daemon.BackUpAsync("data", "first");
        await using var visitor = await Visitor.ComeAsync(chromium, daemon.Address);
        await visitor.SignInAsync(daemon.Token, "/backups/first");
        var operations = visitor.Page.Locator("[data-card=operations]");

        await visitor.Page.GetByRole(AriaRole.Button, new() { Name = "Verify", Exact = true }).ClickAsync();
        await Expect(operations.Locator("li")).ToContainTextAsync("succeeded");
        await operations.GetByRole(AriaRole.Button, new() { Name = "Put away" }).ClickAsync();
        await Expect(operations).ToHaveCountAsync(0);

        var block = Directory.EnumerateFiles(folder["store"], "*.blk", SearchOption.AllDirectories).First();
        await File.WriteAllBytesAsync(block, VolumeBytes.Random(3, (int)new FileInfo(block).Length));
        await visitor.Page.GetByRole(AriaRole.Button, new() { Name = "Verify", Exact = true }).ClickAsync();
        await Expect(operations.Locator("li")).ToContainTextAsync("failed");
        await Expect(operations.Locator("li")).ToContainTextAsync(Path.GetFileName(block));
        await Screenshots.TakeAsync(visitor.Page, "backup-damaged", "light");
        Assert.Empty(visitor.Complaints);
    }

    [Fact]
    public async Task Deleting_backups_says_what_goes_and_what_space_that_frees()
    {
        using var folder = new TemporaryFolder();
        await using var daemon = await StartAsync(folder);
        await daemon.MakeVolumeAsync("data");
        await VolumeBytes.WriteAsync(await daemon.EndpointAsync("data"), 0, VolumeBytes.Random(1, 4 * MiB));
        await daemon.BackUpAsync("data", "first");
        await VolumeBytes.WriteAsync(await daemon.EndpointAsync("data"), 0, VolumeBytes.Random(2, 2 * MiB));
        await daemon.BackUpAsync("data", "second");
        await using var visitor = await Visitor.ComeAsync(chromium, daemon.Address);
        await visitor.SignInAsync(daemon.Token, "/backups");

        // One of its two blocks is the second backup's too.
        await visitor.ChooseAsync("Actions for backup first", "Delete");
        await Expect(visitor.Dialog.Locator("[data-summary=deletion]")).ToContainTextAsync("first of data in default");
        await Expect(visitor.Dialog.GetByRole(AriaRole.Note)).ToContainTextAsync("1 block that no other backup needs");
        await Expect(visitor.Dialog.GetByRole(AriaRole.Note)).Not.ToContainTextAsync("there is no backup of");
        await Screenshots.TakeAsync(visitor.Page, "backup-delete", "light");
        var before = Blocks(folder);
        await visitor.SubmitAsync("Delete backup");
        await daemon.UntilGoneAsync(Kinds.Backup, "first");
        Assert.Equal(before - 1, Blocks(folder));

        await Expect(visitor.Page.Locator("tbody tr")).ToHaveCountAsync(1);
        await visitor.ChooseAsync("Actions for backup second", "Delete");
        await Expect(visitor.Dialog.GetByRole(AriaRole.Note)).ToContainTextAsync("2 blocks that no other backup needs");
        await Expect(visitor.Dialog.GetByRole(AriaRole.Note)).ToContainTextAsync("After this there is no backup of data in that target");
        await visitor.SubmitAsync("Delete backup");
        await daemon.UntilGoneAsync(Kinds.Backup, "second");
        await Expect(visitor.Page.GetByText("No backups yet")).ToBeVisibleAsync();
        Assert.Empty(visitor.Complaints);
    }

    private static async Task<DaemonHost> StartAsync(TemporaryFolder folder)
    {
        Directory.CreateDirectory(folder["store"]);
        var daemon = await DaemonHost.StartAsync(folder["data"]);
        await daemon.UseTargetAsync($"file://{folder["store"]}");
        return daemon;
    }

    private static int Blocks(TemporaryFolder folder) => Directory.EnumerateFiles(folder["store"], "*.blk", SearchOption.AllDirectories).Count();
}
