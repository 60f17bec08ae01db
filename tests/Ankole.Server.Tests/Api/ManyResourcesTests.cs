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
    private const int TimesQuicker = 4, Rounds = 9;

    [Fact]
    public async Task A_page_and_a_change_among_twenty_thousand_backups_are_quick()
    {
        await Parallel.ForEachAsync(
            Enumerable.Range(0, Count), new ParallelOptions { MaxDegreeOfParallelism = 64, CancellationToken = Token },
            async (i, token) => await Server.Store.CreateAsync(Examples.Backup($"backup-{i:00000}", $"volume-{i % 100}"), token));

        await using var watch = await ChangeWatch.BeginAsync(Server);
        // All of them in each round: what else the machine does meets them alike.
        var (pages, tables, ofOnes, watches, wholes) = (new Times("page of 500"), new Times("page of 500 as a table"), new Times("one volume's 200"), new Times("watch"), new Times("all of them"));
        for (var round = 0; round < Rounds; round++)
        {
            await pages.TakeAsync(() => Server.JsonAsync(200, "GET", Backups + "?limit=500"));
            await tables.TakeAsync(() => Server.JsonAsync(200, "GET", Backups + "?limit=500", accept: "application/json;as=Table;v=v1;g=meta.k8s.io"));
            await ofOnes.TakeAsync(() => Server.JsonAsync(200, "GET", Backups + "?fieldSelector=spec.volumeName%3Dvolume-7"));
            var next = await watch.ChangeAsync($"backup-{round:00000}");
            await watches.TakeAsync(() => next);
            await wholes.TakeAsync(() => Server.JsonAsync(200, "GET", Backups));
        }
        var (page, table, ofOne, watched, whole) = (pages.Median(), tables.Median(), ofOnes.Median(), watches.Median(), wholes.Median());
        var figures = $"page {page}, table {table}, one volume's {ofOne}, watch {watched}, all of them {whole}";
        TestContext.Current.TestOutputHelper?.WriteLine(figures);
        Assert.All([page, table, ofOne, watched], time => Assert.True(time * TimesQuicker < whole, figures));
    }

    private sealed class Times(string what)
    {
        private readonly List<TimeSpan> times = [];

        public async Task TakeAsync(Func<Task> action)
        {
            var started = Stopwatch.GetTimestamp();
            await action();
            times.Add(Stopwatch.GetElapsedTime(started));
        }

        public TimeSpan Median()
        {
            times.Sort();
            TestContext.Current.TestOutputHelper?.WriteLine($"{what}: median {times[times.Count / 2].TotalMilliseconds:0.0} ms, worst {times[^1].TotalMilliseconds:0.0} ms");
            return times[times.Count / 2];
        }
    }

    /// <summary>A client that watches all Backups.</summary>
    private sealed class ChangeWatch(ApiServer server, HttpResponseMessage response, StreamReader reader) : IAsyncDisposable
    {
        public static async Task<ChangeWatch> BeginAsync(ApiServer server)
        {
            var version = (await server.Store.ListAsync(new ResourceQuery(Kinds.Backup) { Limit = 1 }, Token)).Version;
            var response = await server.SendAsync("GET", $"{Backups}?watch=true&resourceVersion={version}");
            return new ChangeWatch(server, response, new StreamReader(await response.Content.ReadAsStreamAsync(Token)));
        }

        /// <summary>Changes one, durably. The task within ends when the client has heard of it.</summary>
        public async Task<Task> ChangeAsync(string name)
        {
            var changed = (await server.Store.GetAsync(Kinds.Backup, name, Token))!;
            var heard = HearOfAsync(name);
            await server.Store.UpdateStatusAsync(changed with { Status = new BackupStatus { Progress = 50 } }, Token);
            return heard;
        }

        public ValueTask DisposeAsync()
        {
            reader.Dispose();
            response.Dispose();
            return ValueTask.CompletedTask;
        }

        private async Task HearOfAsync(string name) => Assert.Contains(name, await reader.ReadLineAsync(Token), StringComparison.Ordinal);
    }
}
