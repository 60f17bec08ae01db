using System.Globalization;
using Ankole.Control;
using Ankole.Core;
using Microsoft.Extensions.Options;

namespace Ankole.Server.Web.Live;

/// <summary>
/// How full the host was over the last thirty days: one line a quarter of an hour in a small file, so that the picture outlives the daemon.
/// </summary>
internal sealed class SpaceHistory(WebStore web, IOptions<SpaceHistoryOptions> options, TimeProvider time, ILogger<SpaceHistory> logger) : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromMinutes(15);

    /// <summary>Thirty days of quarters of an hour.</summary>
    private const int MaxSamples = 30 * 24 * 4;

    private readonly Lock gate = new();
    private readonly List<SpaceSample> samples = [];

    /// <summary>Oldest first.</summary>
    public IReadOnlyList<SpaceSample> Samples
    {
        get
        {
            lock (gate)
                return [.. samples];
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await ReadAsync(stoppingToken);
        using var timer = new PeriodicTimer(Every, time);
        do
        {
            try
            {
                await TakeAsync(stoppingToken);
            }
            catch (Exception e) when (e is AnkoleException or IOException or UnauthorizedAccessException or System.Data.Common.DbException)
            {
                WebLog.SpaceNotNoted(logger, e.Message);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private async Task TakeAsync(CancellationToken cancellationToken)
    {
        long total = 0, free = 0, volumes = 0;
        await foreach (var node in web.Store.ListAsync(Kinds.Node, null, cancellationToken))
            (total, free) = (total + node.Status.StorageMaximum, free + node.Status.StorageAvailable);
        await foreach (var volume in web.Store.ListAsync(Kinds.Volume, null, cancellationToken))
            volumes += volume.Status.ActualSize;
        if (total == 0)
            return;
        var sample = new SpaceSample(time.GetUtcNow(), total, total - free, volumes);
        bool isFull;
        lock (gate)
        {
            samples.Add(sample);
            isFull = samples.Count > MaxSamples;
            if (isFull)
                samples.RemoveRange(0, samples.Count - MaxSamples);
        }
        if (options.Value.File is not { } file)
            return;
        if (isFull)
            await File.WriteAllLinesAsync(file, Samples.Select(Line), cancellationToken);
        else
            await File.AppendAllLinesAsync(file, [Line(sample)], cancellationToken);
    }

    private async Task ReadAsync(CancellationToken cancellationToken)
    {
        if (options.Value.File is not { } file || !File.Exists(file))
            return;
        try
        {
            var read = (await File.ReadAllLinesAsync(file, cancellationToken)).Select(Parse).OfType<SpaceSample>().TakeLast(MaxSamples).ToList();
            lock (gate)
                samples.AddRange(read);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            WebLog.SpaceNotNoted(logger, e.Message);
        }
    }

    private static string Line(SpaceSample sample) => string.Create(CultureInfo.InvariantCulture, $"{sample.At.ToUnixTimeSeconds()} {sample.Total} {sample.Used} {sample.Volumes}");

    /// <summary>A line that is cut off, by a crash, is left out.</summary>
    private static SpaceSample? Parse(string line)
    {
        var fields = line.Split(' ');
        return fields.Length == 4 && long.TryParse(fields[0], out var at) && long.TryParse(fields[1], out var total) && long.TryParse(fields[2], out var used) && long.TryParse(fields[3], out var volumes)
            ? new SpaceSample(DateTimeOffset.FromUnixTimeSeconds(at), total, used, volumes)
            : null;
    }
}

/// <param name="Used">Bytes of the file system that are not free.</param>
/// <param name="Volumes">Bytes that volumes and their snapshots take.</param>
internal sealed record SpaceSample(DateTimeOffset At, long Total, long Used, long Volumes);

internal sealed class SpaceHistoryOptions
{
    /// <summary>Null: in memory only.</summary>
    public string? File { get; set; }
}
