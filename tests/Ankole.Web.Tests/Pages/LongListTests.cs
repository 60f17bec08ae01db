using System.Diagnostics;
using Ankole.Control;
using Ankole.Web.Tests.Browser;
using Ankole.Web.Tests.Hosting;
using static Microsoft.Playwright.Assertions;

namespace Ankole.Web.Tests.Pages;

/// <summary>Twenty thousand backups scroll like twenty.</summary>
[Collection(nameof(Figures))]
public sealed class LongListTests(Chromium chromium, ITestOutputHelper output)
{
    private const int Count = 20_000;

    [Fact]
    public async Task Twenty_thousand_backups_are_searched_and_scrolled_with_a_few_rows_drawn()
    {
        await using var host = await UiHost.StartAsync();
        var watch = Stopwatch.StartNew();
        await Parallel.ForEachAsync(Enumerable.Range(0, Count), new ParallelOptions { MaxDegreeOfParallelism = 128 }, async (i, token) => await host.Store.CreateAsync(new BackupResource
        {
            Metadata = new ObjectMeta { Name = $"backup-{i:00000}" }, Spec = new BackupSpec { VolumeName = $"volume-{i % 40:00}", BackupTargetName = "default", Mirrored = true },
        }, token));
        output.WriteLine($"made in {watch.Elapsed.TotalSeconds:0.0} s");

        await using var visitor = await Visitor.ComeAsync(chromium, host.Address);
        await visitor.SignInAsync(UiHost.Token, "/settings");
        var before = Memory();
        watch.Restart();
        await visitor.GoAsync("/backups");
        await Expect(visitor.Page.Locator("tbody")).ToContainTextAsync("backup-");
        output.WriteLine($"list usable after {watch.ElapsedMilliseconds} ms; memory for all of them and the page {(Memory() - before) >> 20} MiB");
        await Expect(visitor.Page.Locator("[data-count=backups]")).ToHaveTextAsync("20,000 backups");
        Assert.InRange(await visitor.Page.Locator("tbody tr").CountAsync(), 20, 150);

        watch.Restart();
        await visitor.Page.EvaluateAsync("document.querySelector('.rows').scrollTop = 1e9");
        await Expect(visitor.Page.Locator("tr[aria-rowindex='20001']")).ToBeInViewportAsync();
        output.WriteLine($"end of the list in sight after {watch.ElapsedMilliseconds} ms");
        await visitor.Page.EvaluateAsync("document.querySelector('.rows').scrollTop = 46 * 10000");
        await Expect(visitor.Page.Locator("tr[aria-rowindex='10010']")).ToBeInViewportAsync();
        Assert.InRange(await visitor.Page.Locator("tbody tr").CountAsync(), 20, 150);

        watch.Restart();
        await visitor.Page.GetByLabel("Search backups").FillAsync("backup-0777");
        await Expect(visitor.Page.Locator("[data-count=backups]")).ToHaveTextAsync("10 backups");
        output.WriteLine($"searched in {watch.ElapsedMilliseconds} ms");
        Assert.Empty(visitor.Complaints);
    }

    private static long Memory() => GC.GetTotalMemory(forceFullCollection: true);
}
