using Ankole.Control;
using Ankole.Web.Tests.Browser;
using Ankole.Web.Tests.Hosting;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Ankole.Web.Tests.Flows;

/// <summary>Secrets, settings and nodes: what holds for the whole system.</summary>
public sealed class SystemPagesTests(Chromium chromium)
{
    [Fact]
    public async Task A_secrets_values_go_in_and_are_shown_nowhere_again()
    {
        const string Value = "not-to-be-seen-again", Other = "nor-is-this-one";
        using var folder = new TemporaryFolder();
        await using var daemon = await DaemonHost.StartAsync(folder["data"]);
        await using var visitor = await Visitor.ComeAsync(chromium, daemon.Address);
        await visitor.SignInAsync(daemon.Token, "/secrets");

        await visitor.Page.GetByRole(AriaRole.Button, new() { Name = "New secret" }).First.ClickAsync();
        await visitor.Field("Name").FillAsync("offsite");
        await Expect(visitor.Field("Values: value of AWS_SECRET_ACCESS_KEY")).ToHaveAttributeAsync("type", "password");
        await visitor.Field("Values: value of AWS_ACCESS_KEY_ID").FillAsync("somebody");
        await visitor.SubmitAsync("Save");
        await Expect(visitor.Dialog.Locator(".errors")).ToContainTextAsync("AWS_SECRET_ACCESS_KEY has no value");
        await visitor.Field("Values: value of AWS_SECRET_ACCESS_KEY").FillAsync(Value);
        await visitor.SubmitAsync("Save");
        await Expect(visitor.Page.Locator("tbody tr")).ToContainTextAsync("AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY");
        Assert.Equal(Value, await StoredAsync(daemon, "AWS_SECRET_ACCESS_KEY"));
        await NowhereAsync(visitor, Value);

        // Neither does the dialog that changes them.
        await visitor.ChooseAsync("Actions for secret offsite", "Change values");
        await Expect(visitor.Field("AWS_SECRET_ACCESS_KEY")).ToHaveValueAsync("");
        await Expect(visitor.Field("AWS_SECRET_ACCESS_KEY")).ToHaveAttributeAsync("placeholder", "(unchanged)");
        await NowhereAsync(visitor, Value);
        await visitor.Field("AWS_SECRET_ACCESS_KEY").FillAsync(Other);
        await visitor.SubmitAsync("Save");
        await Expect(visitor.Dialog).ToHaveCountAsync(0);
        Assert.Equal(Other, await StoredAsync(daemon, "AWS_SECRET_ACCESS_KEY"));
        Assert.Equal("somebody", await StoredAsync(daemon, "AWS_ACCESS_KEY_ID"));
        foreach (var path in new[] { "/secrets", "/targets", "/settings", "/events" })
        {
            await visitor.GoAsync(path);
            await NowhereAsync(visitor, Other);
        }

        await visitor.GoAsync("/secrets");
        await visitor.ChooseAsync("Actions for secret offsite", "Delete");
        await Expect(visitor.Dialog).ToContainTextAsync("gone for good");
        await visitor.SubmitAsync("Delete secret");
        await Expect(visitor.Page.GetByText("No secrets")).ToBeVisibleAsync();
        Assert.Empty(visitor.Complaints);
    }

    [Fact]
    public async Task A_setting_is_checked_while_it_is_written_and_the_default_target_follows_its_setting()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder["store"]);
        await using var daemon = await DaemonHost.StartAsync(folder["data"]);
        await using var visitor = await Visitor.ComeAsync(chromium, daemon.Address);
        await visitor.SignInAsync(daemon.Token, "/settings");
        ILocator Line(string name) => visitor.Page.Locator($"[data-setting={name}]");

        var retention = Line("recurring-job-max-retention");
        await retention.Locator("input").FillAsync("251");
        await Expect(retention.Locator(".errors")).ToContainTextAsync("250");
        await Expect(retention.Locator("input")).ToHaveAttributeAsync("aria-invalid", "true");
        await Expect(retention.GetByRole(AriaRole.Button, new() { Name = "Save" })).ToBeDisabledAsync();
        await retention.Locator("input").FillAsync("120");
        await Expect(retention.Locator(".errors")).ToBeEmptyAsync();
        await retention.GetByRole(AriaRole.Button, new() { Name = "Save" }).ClickAsync();
        await daemon.UntilAsync(Kinds.Setting, "recurring-job-max-retention", setting => setting.Value == "120");

        // What only the store can tell is told at the same place.
        var target = Line("backup-target");
        await target.Locator("input").FillAsync("ftp://example.com/backups");
        await target.GetByRole(AriaRole.Button, new() { Name = "Save" }).ClickAsync();
        await Expect(target.Locator(".errors")).ToContainTextAsync("ftp");
        await Screenshots.TakeAsync(visitor.Page, "settings-mistake", "light");
        await target.Locator("input").FillAsync($"file://{folder["store"]}");
        await target.GetByRole(AriaRole.Button, new() { Name = "Save" }).ClickAsync();
        await Expect(visitor.Said("Backup target is saved")).ToBeVisibleAsync();
        await visitor.GoAsync("/targets");
        await Expect(visitor.Page.Locator("[data-target=default] .badge").First).ToHaveTextAsync("available");
        await Expect(visitor.Page.Locator("[data-target=default]")).ToContainTextAsync(folder["store"]);

        await visitor.GoAsync("/settings");
        await Line("allow-recurring-job-while-volume-detached").Locator("input").CheckAsync();
        await Line("allow-recurring-job-while-volume-detached").GetByRole(AriaRole.Button, new() { Name = "Save" }).ClickAsync();
        await daemon.UntilAsync(Kinds.Setting, "allow-recurring-job-while-volume-detached", setting => setting.Value == "true");
        Assert.Empty(visitor.Complaints);
    }

    [Fact]
    public async Task A_node_tells_its_space_and_takes_no_new_volumes_when_told_so()
    {
        using var folder = new TemporaryFolder();
        await using var daemon = await DaemonHost.StartAsync(folder["data"]);
        await daemon.MakeVolumeAsync("data");
        await using var visitor = await Visitor.ComeAsync(chromium, daemon.Address);
        await visitor.SignInAsync(daemon.Token, "/nodes");
        var node = visitor.Page.Locator(".card", new() { HasText = "atlas" });
        await Expect(node.Locator(".badge")).ToHaveTextAsync("ready");
        await Expect(node).ToContainTextAsync(folder["data"]);
        await Expect(node).ToContainTextAsync("are placed here");

        await node.GetByRole(AriaRole.Button, new() { Name = "Place no new volumes here" }).ClickAsync();
        await Expect(node).ToContainTextAsync("are not placed here");
        await daemon.UntilAsync(Kinds.Node, "atlas", current => !current.Spec.AllowScheduling);
        await node.GetByRole(AriaRole.Button, new() { Name = "Place new volumes here" }).ClickAsync();
        await daemon.UntilAsync(Kinds.Node, "atlas", current => current.Spec.AllowScheduling);
        Assert.Empty(visitor.Complaints);
    }

    private static async Task<string> StoredAsync(DaemonHost daemon, string key) => System.Text.Encoding.UTF8.GetString(
        Convert.FromBase64String((await daemon.Store.GetAsync(Kinds.Secret, SystemNames.Namespace, "offsite", CancellationToken.None))!.Data[key]));

    /// <summary>Neither in the page's text nor in a field's value.</summary>
    private static async Task NowhereAsync(Visitor visitor, string value)
    {
        Assert.DoesNotContain(value, await visitor.Page.ContentAsync(), StringComparison.Ordinal);
        Assert.DoesNotContain(value, await visitor.Page.EvaluateAsync<string[]>("[...document.querySelectorAll('input, textarea')].map(field => field.value)"));
    }
}
