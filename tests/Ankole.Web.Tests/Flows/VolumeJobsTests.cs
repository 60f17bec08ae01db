using Ankole.Control;
using Ankole.Web.Tests.Browser;
using Ankole.Web.Tests.Hosting;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Ankole.Web.Tests.Flows;

/// <summary>The jobs of a volume on its page: its own list as the Backup Concepts page has it, shared jobs, and groups.</summary>
public sealed class VolumeJobsTests(Chromium chromium)
{
    [Fact]
    public async Task A_job_of_the_volumes_own_list_is_added_with_every_mistake_beside_its_field_changed_and_removed()
    {
        using var folder = new TemporaryFolder();
        await using var daemon = await DaemonHost.StartAsync(folder["data"]);
        await daemon.MakeVolumeAsync("data");
        await using var visitor = await Visitor.ComeAsync(chromium, daemon.Address);
        await visitor.SignInAsync(daemon.Token, "/volumes/data");
        var own = visitor.Page.Locator("[data-jobs=own]");

        await own.GetByRole(AriaRole.Button, new() { Name = "Add job" }).ClickAsync();
        await visitor.Field("Name").FillAsync("ninechars");
        await visitor.Field("Cron").CheckAsync(new() { Force = true });
        await visitor.Field("Cron line").FillAsync("61 * * * *");
        await visitor.Field("Retain").FillAsync("0");
        await visitor.SubmitAsync("Add job");
        await Expect(ErrorsOf(visitor, "Name")).ToContainTextAsync("9 characters long, at most 8");
        await Expect(ErrorsOf(visitor, "Cron line")).ToContainTextAsync("61");
        await Expect(ErrorsOf(visitor, "Retain")).ToContainTextAsync("retain 1 or more");
        await Expect(visitor.Field("Retain")).ToHaveAttributeAsync("aria-invalid", "true");
        await Screenshots.TakeAsync(visitor.Page, "own-job-mistakes", "light");

        await visitor.Field("Name").FillAsync("snap");
        await visitor.Field("Task").SelectOptionAsync("snapshot");
        await visitor.Field("Cron line").FillAsync("*/1 * * * *");
        await Expect(visitor.Dialog.Locator("[data-preview=schedule] li")).ToHaveCountAsync(5);
        await visitor.Field("Retain").FillAsync("51");
        await visitor.SubmitAsync("Add job");
        await Expect(visitor.Dialog.Locator(".note.bad")).ToContainTextAsync("at most 50 are allowed");
        await visitor.Field("Retain").FillAsync("1");
        await visitor.Dialog.GetByRole(AriaRole.Button, new() { Name = "Add", Exact = true }).ClickAsync();
        await visitor.Field("Labels: name").FillAsync("interval");
        await visitor.Dialog.GetByPlaceholder("value", new() { Exact = true }).FillAsync("1m");
        await visitor.SubmitAsync("Add job");
        await Expect(own.Locator("li")).ToContainTextAsync("snap · Snapshot");
        await Expect(own.Locator("li")).ToContainTextAsync("interval: 1m");
        // The job that runs it is there, and tells when.
        await Expect(own.Locator("li time")).ToBeVisibleAsync();
        var entry = Assert.Single((await VolumeAsync(daemon)).Spec.RecurringJobs);
        Assert.Equal(("snap", "snapshot", "*/1 * * * *", 1, "1m"), (entry.Name, entry.Task, entry.Cron, entry.Retain, entry.Labels["interval"]));

        // Not the same name twice; without a mistake the second one stands beside the first.
        await own.GetByRole(AriaRole.Button, new() { Name = "Add job" }).ClickAsync();
        await visitor.Field("Name").FillAsync("snap");
        await visitor.SubmitAsync("Add job");
        await Expect(ErrorsOf(visitor, "Name")).ToContainTextAsync("in the list already");
        await visitor.Field("Name").FillAsync("backup");
        await visitor.SubmitAsync("Add job");
        await Expect(own.Locator("li")).ToHaveCountAsync(2);

        await own.GetByRole(AriaRole.Button, new() { Name = "Change own job snap" }).ClickAsync();
        await visitor.Field("Retain").FillAsync("3");
        await visitor.SubmitAsync("Save job");
        await Expect(own.Locator("li").First).ToContainTextAsync("keeps 3");

        await own.GetByRole(AriaRole.Button, new() { Name = "Remove own job backup" }).ClickAsync();
        await Expect(visitor.Dialog).ToContainTextAsync("no job will delete them");
        await visitor.SubmitAsync("Remove job");
        await Expect(own.Locator("li")).ToHaveCountAsync(1);
        await daemon.UntilGoneAsync(Kinds.RecurringJob, ListedJob.NameOf("data", "backup"));
        Assert.Equal(["snap"], (await VolumeAsync(daemon)).Spec.RecurringJobs.Select(left => left.Name));

        // Where jobs are listed it is told apart: it is changed on the volume's page only.
        await visitor.GoAsync($"/jobs/{ListedJob.NameOf("data", "snap")}");
        await Expect(visitor.Page.GetByRole(AriaRole.Note)).ToContainTextAsync("own list of volume data");
        await Expect(visitor.Page.GetByRole(AriaRole.Button, new() { Name = "Change", Exact = true })).ToHaveCountAsync(0);
        Assert.Empty(visitor.Complaints);
    }

    [Fact]
    public async Task The_own_list_is_edited_with_the_keyboard_alone()
    {
        using var folder = new TemporaryFolder();
        await using var daemon = await DaemonHost.StartAsync(folder["data"]);
        await daemon.MakeVolumeAsync("data");
        await using var visitor = await Visitor.ComeAsync(chromium, daemon.Address);
        await visitor.SignInAsync(daemon.Token, "/volumes/data");
        var keyboard = visitor.Page.Keyboard;

        await visitor.TabToAsync("Add job");
        await keyboard.PressAsync("Enter");
        await Expect(visitor.Field("Name")).ToBeFocusedAsync();
        await keyboard.PressAsync("Control+A");
        await keyboard.TypeAsync("keys");
        await keyboard.PressAsync("Tab");
        await keyboard.TypeAsync("Sna");
        await keyboard.PressAsync("Tab");
        await keyboard.PressAsync("ArrowLeft");
        await Expect(visitor.Field("At minute")).ToBeVisibleAsync();
        await keyboard.PressAsync("Enter");
        await Expect(visitor.Dialog).ToHaveCountAsync(0);
        await Expect(visitor.Page.Locator("[data-jobs=own] li")).ToContainTextAsync("keys · Snapshot");

        await visitor.TabToAsync("Change own job keys");
        await keyboard.PressAsync("Enter");
        await Expect(visitor.Field("Name")).ToBeFocusedAsync();
        await keyboard.PressAsync("Escape");
        await Expect(visitor.Dialog).ToHaveCountAsync(0);
        // The focus comes back after the dialog is gone.
        await Expect(visitor.Page.GetByRole(AriaRole.Button, new() { Name = "Change own job keys" })).ToBeFocusedAsync();
        await keyboard.PressAsync("Tab");
        await keyboard.PressAsync("Enter");
        await Expect(visitor.Dialog).ToContainTextAsync("Remove job keys");
        await visitor.TabToAsync("Remove job");
        await keyboard.PressAsync("Enter");
        await Expect(visitor.Page.Locator("[data-jobs=own]")).ToContainTextAsync("No job is for this volume alone");
        Assert.Empty(visitor.Complaints);
    }

    [Fact]
    public async Task Shared_jobs_and_groups_are_given_and_taken_by_labels()
    {
        using var folder = new TemporaryFolder();
        await using var daemon = await DaemonHost.StartAsync(folder["data"]);
        await daemon.MakeVolumeAsync("data");
        foreach (var (name, groups) in new[] { ("nightly", new[] { "databases" }), ("hourly", []) })
            await daemon.Users.CreateAsync(new RecurringJobResource { Metadata = new ObjectMeta { Name = name }, Spec = new RecurringJobSpec { Task = "backup", Cron = "0 2 * * *", Retain = 7, Groups = groups } }, CancellationToken.None);
        await using var visitor = await Visitor.ComeAsync(chromium, daemon.Address);
        await visitor.SignInAsync(daemon.Token, "/volumes/data");
        var shared = visitor.Page.Locator("[data-jobs=shared]");
        var groupsOf = visitor.Page.Locator("[data-jobs=groups]");

        await groupsOf.GetByLabel("Join a job group").SelectOptionAsync("databases");
        await Expect(shared.Locator("li")).ToContainTextAsync("through group databases");
        await shared.GetByLabel("Add a shared job").SelectOptionAsync("hourly");
        await Expect(shared.Locator("li", new() { HasText = "hourly" })).ToContainTextAsync("of this volume");
        await daemon.UntilAsync(Kinds.Volume, "data", volume => volume.Status.RecurringJobs.Select(job => job.Name).SequenceEqual(["hourly", "nightly"]));
        Assert.Equal("enabled", (await VolumeAsync(daemon)).Metadata.Labels["recurring-job-group.ankole.io/databases"]);
        Assert.Equal("enabled", (await VolumeAsync(daemon)).Metadata.Labels["recurring-job.ankole.io/hourly"]);

        await groupsOf.GetByRole(AriaRole.Button, new() { Name = "Leave group databases" }).ClickAsync();
        await Expect(shared.Locator("li", new() { HasText = "nightly" })).ToHaveCountAsync(0);
        await shared.GetByRole(AriaRole.Button, new() { Name = "Take hourly off this volume" }).ClickAsync();
        await daemon.UntilAsync(Kinds.Volume, "data", volume => volume.Status.RecurringJobs.Count == 0);

        // A volume without any is in the default group, until somebody takes it out of that too.
        await groupsOf.GetByRole(AriaRole.Button, new() { Name = "Leave group default" }).ClickAsync();
        await Expect(groupsOf).ToContainTextAsync("It is in no group");
        await daemon.UntilAsync(Kinds.Volume, "data", volume => volume.Metadata.Labels["recurring-job-group.ankole.io/default"] == "disabled");
        await groupsOf.GetByLabel("Join a job group").SelectOptionAsync("default");
        await Expect(groupsOf.GetByRole(AriaRole.Button, new() { Name = "Leave group default" })).ToBeVisibleAsync();
        Assert.Empty(visitor.Complaints);
    }

    [Fact]
    public async Task A_paused_job_is_run_now_from_the_list_and_from_its_page()
    {
        using var folder = new TemporaryFolder();
        await using var daemon = await DaemonHost.StartAsync(folder["data"]);
        await daemon.MakeVolumeAsync("data");
        await daemon.Users.CreateAsync(
            new RecurringJobResource
            {
                Metadata = new ObjectMeta { Name = "nightly" },
                Spec = new RecurringJobSpec { Task = "snapshot", Cron = "0 2 1 1 *", Retain = 7, Groups = ["default"], Suspend = true },
            }, CancellationToken.None);
        await daemon.UntilAsync(Kinds.Volume, "data", volume => volume.Status.RecurringJobs.Count == 1);
        await using var visitor = await Visitor.ComeAsync(chromium, daemon.Address);
        await visitor.SignInAsync(daemon.Token, "/jobs");
        await Expect(visitor.Page.GetByText("no run yet")).ToBeVisibleAsync();
        await visitor.ChooseAsync("Actions for nightly", "Run now");
        await Expect(visitor.Page.GetByText("Job nightly is to run now.")).ToBeVisibleAsync();
        await Expect(visitor.Page.GetByText("done: 1")).ToBeVisibleAsync();

        await visitor.GoAsync("/jobs/nightly");
        await visitor.Page.GetByRole(AriaRole.Button, new() { Name = "Run now", Exact = true }).ClickAsync();
        await Expect(visitor.Page.GetByText("Last run: number 2")).ToBeVisibleAsync();
        var done = await daemon.UntilAsync(Kinds.RecurringJob, "nightly", job => job.Status.LastRun is { Number: 2 });
        Assert.Equal(("Succeeded", 2L, true), (Assert.Single(done.Status.LastRun!.Volumes).Phase, (long)done.Status.ExecutionCount, done.Spec.Suspend));
        Assert.Empty(visitor.Complaints);
    }

    private static async Task<VolumeResource> VolumeAsync(DaemonHost daemon) => (await daemon.Store.GetAsync(Kinds.Volume, "data", CancellationToken.None))!;

    private static ILocator ErrorsOf(Visitor visitor, string label) =>
        visitor.Dialog.Locator(".field", new() { Has = visitor.Page.GetByLabel(label, new() { Exact = true }) }).Locator(".errors").First;
}
