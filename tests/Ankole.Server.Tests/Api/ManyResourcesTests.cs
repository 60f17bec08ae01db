using System.Diagnostics;
using Ankole.Control;
using Ankole.Server.Tests.Resources;

namespace Ankole.Server.Tests.Api;

/// <summary>
/// Twenty thousand Backups. What is wanted of a quiet machine is 100 ms for a page of 500 and for a change to arrive; how quiet this one is, is told by
/// what reading all of them takes beside it, which is many times as much.
/// </summary>
public sealed class ManyResourcesTests : ApiTests
{
    private const int Count = 20_000;
    private const string Backups = "/apis/ankole.io/v1beta1/backups";
    private const int TimesQuicker = 4;

    [Fact]
    public async Task A_page_and_a_change_among_twenty_thousand_backups_are_quick()
    {
        await Parallel.ForEachAsync(
            Enumerable.Range(0, Count), new ParallelOptions { MaxDegreeOfParallelism = 64, CancellationToken = Token },
            async (i, token) => await Server.Store.CreateAsync(Examples.Backup($"backup-{i:00000}", $"volume-{i % 100}"), token));

        var page = await MedianAsync("page of 500", () => Server.JsonAsync(200, "GET", Backups + "?limit=500"));
        var table = await MedianAsync("page of 500 as a table", () => Server.JsonAsync(200, "GET", Backups + "?limit=500", accept: "application/json;as=Table;v=v1;g=meta.k8s.io"));
        var ofOne = await MedianAsync("one volume's 200", () => Server.JsonAsync(200, "GET", Backups + "?fieldSelector=spec.volumeName%3Dvolume-7"));
        var watched = await MedianWatchAsync();
        var whole = await MedianAsync("all of them", () => Server.JsonAsync(200, "GET", Backups), rounds: 5);
        var figures = $"page {page}, table {table}, one volume's {ofOne}, watch {watched}, all of them {whole}";
        TestContext.Current.TestOutputHelper?.WriteLine(figures);
        Assert.All([page, table, ofOne, watched], time => Assert.True(time * TimesQuicker < whole, figures));
    }

    private async Task<TimeSpan> MedianWatchAsync()
    {
        var version = (await Server.Store.ListAsync(new ResourceQuery(Kinds.Backup) { Limit = 1 }, Token)).Version;
        using var response = await Server.SendAsync("GET", $"{Backups}?watch=true&resourceVersion={version}");
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(Token));
        var i = 0;
        return await MedianAsync("watch", async () =>
        {
            var changed = (await Server.Store.GetAsync(Kinds.Backup, $"backup-{i++:00000}", Token))!;
            var next = reader.ReadLineAsync(Token).AsTask();
            await Server.Store.UpdateStatusAsync(changed with { Status = new BackupStatus { Progress = 50 } }, Token);
            Assert.Contains(changed.Name, await next, StringComparison.Ordinal);
        });
    }

    private static async Task<TimeSpan> MedianAsync(string what, Func<Task> action, int rounds = 15)
    {
        var times = new List<TimeSpan>();
        for (var i = 0; i < rounds; i++)
        {
            var started = Stopwatch.GetTimestamp();
            await action();
            times.Add(Stopwatch.GetElapsedTime(started));
        }
        times.Sort();
        TestContext.Current.TestOutputHelper?.WriteLine($"{what}: median {times[times.Count / 2].TotalMilliseconds:0.0} ms, worst {times[^1].TotalMilliseconds:0.0} ms");
        return times[times.Count / 2];
    }
}
