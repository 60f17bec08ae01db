using System.Diagnostics;
using System.Globalization;
using Ankole.Control;
using Ankole.Testing;

namespace Ankole.Bench;

/// <summary>
/// A daemon with 200 attached volumes and 4 jobs on each: what it costs when nothing is due, and how soon the runs of a tick start that all jobs
/// have in common. In two shapes: 4 jobs that all volumes share, and 4 entries in each volume's own list, which are 800 jobs.
/// </summary>
internal static class DaemonScale
{
    private const int Volumes = 200;
    private const string Never = "0 0 1 1 *";
    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(60);
    private static readonly string[] Names = ["one", "two", "three", "four"];

    public static async Task RunAsync(Workplace workplace)
    {
        await RunAsync(workplace, "4 jobs shared by all volumes", new SharedJobs());
        await RunAsync(workplace, "4 jobs in each volume's own list", new OwnJobs());
    }

    /// <summary>How the volumes come to their jobs.</summary>
    private interface IShape
    {
        /// <summary>RecurringJobs that there are in the end.</summary>
        int Jobs { get; }

        Task PrepareAsync(IResourceStore store);

        VolumeSpec Volume(VolumeSpec spec);

        /// <summary>Has every job run at these times from now on.</summary>
        Task ScheduleAsync(IResourceStore store, string cron);
    }

    private static async Task RunAsync(Workplace workplace, string title, IShape shape)
    {
        Console.WriteLine($"-- {title}");
        var data = workplace.Empty("daemon");
        using var process = ProcessRun.Start(workplace.Daemon, ["--data", data, "--listen", "127.0.0.1:0"]);
        try
        {
            var address = Path.Combine(data, "address");
            for (var patience = Stopwatch.StartNew(); !File.Exists(address); await Task.Delay(50))
                if (process.HasExited || patience.Elapsed > TimeSpan.FromMinutes(2))
                    throw new InvalidOperationException(await process.StandardError.ReadToEndAsync());
            using var client = new ApiClient(new ApiAccess(new Uri(File.ReadAllText(address).Trim())) { Token = File.ReadAllText(Path.Combine(data, "token")).Trim() });
            await MeasureAsync(new HttpResourceStore(client, TimeProvider.System), process, shape);
        }
        finally
        {
            process.Kill();
            await process.WaitForExitAsync();
        }
    }

    private static async Task MeasureAsync(HttpResourceStore store, Process daemon, IShape shape)
    {
        var node = (await store.ListAsync(new ResourceQuery(Kinds.Node), CancellationToken.None)).Items.Single().Name;
        await shape.PrepareAsync(store);
        var seconds = await Workplace.SecondsAsync(() => AttachAllAsync(store, node, shape));
        Console.WriteLine($"{Volumes} volumes made and attached: {seconds:0.0} s");
        await Task.Delay(TimeSpan.FromSeconds(10));
        var before = CpuTime(daemon);
        await Task.Delay(Idle);
        Console.WriteLine($"idle with jobs not due: {(CpuTime(daemon) - before) / Idle * 100:0.0} % of one core over {Idle.TotalSeconds:0} s, {Memory(daemon)}; goal less than 2 %");
        await TickAsync(store, shape);
        Console.WriteLine($"after the tick: {Memory(daemon)}");
    }

    private static async Task AttachAllAsync(IResourceStore store, string node, IShape shape)
    {
        var ticket = new AttachmentTicket { Type = AttachmentTicketType.Api, NodeID = node };
        await Parallel.ForAsync(0, Volumes, new ParallelOptions { MaxDegreeOfParallelism = 4 }, async (number, token) => await store.CreateAsync(new VolumeResource
        {
            Metadata = new ObjectMeta { Name = $"volume-{number:000}" },
            Spec = shape.Volume(new VolumeSpec { Size = "16Mi", AttachmentTickets = new Dictionary<string, AttachmentTicket> { ["bench"] = ticket } }),
        }, token));
        while (true)
        {
            var attached = 0;
            await foreach (var volume in store.ListAsync(Kinds.Volume, null, CancellationToken.None))
                attached += volume.Status is { State: "attached" } && volume.Status.RecurringJobs.Count == Names.Length ? 1 : 0;
            if (attached == Volumes)
                return;
            await Task.Delay(200);
        }
    }

    /// <summary>All jobs come due in one minute. Measured is from its beginning until each run is seen over the API, which is later than it began.</summary>
    private static async Task TickAsync(IResourceStore store, IShape shape)
    {
        var tick = new DateTimeOffset(DateTimeOffset.UtcNow.Ticks / TimeSpan.TicksPerMinute * TimeSpan.TicksPerMinute, TimeSpan.Zero).AddMinutes(2);
        await shape.ScheduleAsync(store, $"{tick.Minute} {tick.Hour} {tick.Day} {tick.Month} *");
        await UntilScheduledAsync(store, shape.Jobs, tick);
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(10));
        var started = new Dictionary<string, TimeSpan>();
        var ended = new Dictionary<string, JobRun>();
        await foreach (var change in store.WatchAsync(new ResourceQuery(Kinds.RecurringJob), null, patience.Token))
        {
            if (change.Resource is not RecurringJobResource job || change.Change == ResourceChange.Bookmark)
                continue;
            if ((job.Status.Active ?? job.Status.LastRun) is { } run && run.ScheduledAt == tick)
                started.TryAdd(job.Name, DateTimeOffset.UtcNow - tick);
            if (job.Status.LastRun is { } last && last.ScheduledAt == tick)
                ended[job.Name] = last;
            if (ended.Count == shape.Jobs)
                break;
        }
        var snapshots = ended.Values.SelectMany(run => run.Volumes).ToList();
        Console.WriteLine(
            $"{started.Count} runs of one minute were seen to start from {started.Values.Min().TotalMilliseconds:0} to {started.Values.Max().TotalMilliseconds:0} ms after it " +
            $"(median {Figures.Median(started.Values.Select(after => after.TotalMilliseconds)):0} ms); goal 1000 ms for the last");
        Console.WriteLine(
            $"their {snapshots.Count} snapshots were done {(DateTimeOffset.UtcNow - tick).TotalSeconds:0.0} s after the minute " +
            $"({snapshots.Count(volume => volume.Phase == "Succeeded")} succeeded)");
    }

    private static async Task UntilScheduledAsync(IResourceStore store, int jobs, DateTimeOffset tick)
    {
        while (true)
        {
            var scheduled = 0;
            await foreach (var job in store.ListAsync(Kinds.RecurringJob, null, CancellationToken.None))
                scheduled += job.Status.NextScheduleTime == tick ? 1 : 0;
            if (scheduled == jobs)
                return;
            if (DateTimeOffset.UtcNow > tick)
                throw new InvalidOperationException($"only {scheduled} of {jobs} jobs were ready for the tick");
            await Task.Delay(500);
        }
    }

    private static TimeSpan CpuTime(Process process)
    {
        process.Refresh();
        return process.TotalProcessorTime;
    }

    private static string Memory(Process process)
    {
        var kib = File.ReadLines($"/proc/{process.Id}/status").Single(line => line.StartsWith("VmRSS:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1];
        return $"{long.Parse(kib, CultureInfo.InvariantCulture) / 1024} MiB resident";
    }

    private sealed class SharedJobs : IShape
    {
        public int Jobs => Names.Length;

        public async Task PrepareAsync(IResourceStore store)
        {
            foreach (var name in Names)
                await store.CreateAsync(new RecurringJobResource
                {
                    Metadata = new ObjectMeta { Name = name },
                    Spec = new RecurringJobSpec { Task = "snapshot", Cron = Never, Retain = 1, Groups = ["default"], Concurrency = 20 },
                }, CancellationToken.None);
        }

        public VolumeSpec Volume(VolumeSpec spec) => spec;

        public async Task ScheduleAsync(IResourceStore store, string cron)
        {
            foreach (var name in Names)
                await store.ChangeAsync<RecurringJobResource>(
                    new ResourceKey(Kinds.RecurringJob, null, name), status: false, current => current with { Spec = current.Spec with { Cron = cron } }, CancellationToken.None);
        }
    }

    private sealed class OwnJobs : IShape
    {
        public int Jobs => Volumes * Names.Length;

        public Task PrepareAsync(IResourceStore store) => Task.CompletedTask;

        public VolumeSpec Volume(VolumeSpec spec) => spec with { RecurringJobs = ListAt(Never) };

        public Task ScheduleAsync(IResourceStore store, string cron) =>
            Parallel.ForAsync(0, Volumes, new ParallelOptions { MaxDegreeOfParallelism = 4 }, async (number, token) => await store.ChangeAsync<VolumeResource>(
                new ResourceKey(Kinds.Volume, null, $"volume-{number:000}"), status: false,
                current => current with { Spec = current.Spec with { RecurringJobs = ListAt(cron) } }, token));

        private static List<VolumeRecurringJob> ListAt(string cron) => [.. Names.Select(name => new VolumeRecurringJob { Name = name, Task = "snapshot", Cron = cron, Retain = 1 })];
    }
}
