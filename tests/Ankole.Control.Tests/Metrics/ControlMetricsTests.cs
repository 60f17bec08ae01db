using System.Diagnostics.Metrics;
using Ankole.Backup;
using Ankole.Server;
using Microsoft.Extensions.Time.Testing;

namespace Ankole.Control.Tests.Metrics;

public sealed class ControlMetricsTests : IAsyncDisposable
{
    private static readonly DateTimeOffset Beginning = new(2026, 6, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly FakeTimeProvider time = new(Beginning);
    private readonly SqliteResourceStore store;

    public ControlMetricsTests() => store = SqliteResourceStore.CreateInMemory(time);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => store.DisposeAsync();

    [Fact]
    public async Task Resources_are_told_as_numbers_and_change_with_them()
    {
        await using var metrics = new ControlMetrics(store, time);
        var volume = await store.CreateAsync(new VolumeResource { Metadata = new ObjectMeta { Name = "data" }, Spec = new VolumeSpec { Size = "1Gi" } }, Token);
        await store.UpdateStatusAsync(
            volume with { Status = new VolumeStatus { State = "attached", ActualSize = 4096, RecurringJobs = [new EffectiveJob("nightly", true, [])] } }, Token);
        await store.CreateAsync(
            new RecurringJobResource { Metadata = new ObjectMeta { Name = "nightly" }, Spec = new RecurringJobSpec { Task = JobTask.Backup, Cron = "0 * * * *", Retain = 1 } }, Token);
        var target = await store.CreateAsync(new BackupTargetResource { Metadata = new ObjectMeta { Name = "default" } }, Token);
        await store.UpdateStatusAsync(target with { Status = new BackupTargetStatus { Available = true } }, Token);
        await AddBackupAsync("one", Beginning);

        await UntilAsync(() => Read("ankole_backup_last_success_timestamp_seconds") == $"job=nightly volume=data: {Beginning.ToUnixTimeSeconds()}");
        await UntilAsync(() => Read("ankole_backup_target_available") == "target=default: 1");
        await UntilAsync(() => Read("ankole_volume_size_bytes") == "volume=data: 1073741824");
        await UntilAsync(() => Read("ankole_volume_actual_size_bytes") == "volume=data: 4096");
        await UntilAsync(() => Read("ankole_volumes").Contains("state=attached: 1", StringComparison.Ordinal));
        await UntilAsync(() => Read("ankole_backups").Contains("state=Completed: 1", StringComparison.Ordinal));
        await UntilAsync(() => Read("ankole_volume_rpo_breach") == "volume=data: 0");

        // An hourly job has not made a backup for more than two hours.
        time.Advance(TimeSpan.FromMinutes(121));
        Assert.Equal("volume=data: 1", Read("ankole_volume_rpo_breach"));
        Assert.Equal("volume=data: 7260", Read("ankole_volume_backup_age_seconds"));
        await AddBackupAsync("two", time.GetUtcNow());
        await UntilAsync(() => Read("ankole_volume_rpo_breach") == "volume=data: 0");

        // Retention takes the older one away; that there was success is not forgotten.
        await store.DeleteAsync(new ResourceKey(Kinds.Backup, null, "one"), null, Token);
        await UntilAsync(() => Read("ankole_backups").Contains("state=Completed: 1", StringComparison.Ordinal));
        await store.DeleteAsync(new ResourceKey(Kinds.Volume, null, "data"), null, Token);
        await UntilAsync(() => Read("ankole_volume_size_bytes") == "");
    }

    [Fact]
    public void Requests_of_a_closed_object_store_stay_in_the_sum()
    {
        using var metrics = new ObjectStoreMetrics();
        var first = new RequestCounters();
        first.CountPut(100);
        using (metrics.Count("only-here", first))
            first.CountGet(7);
        var second = new RequestCounters();
        using var counting = metrics.Count("only-here", second);
        second.CountPut(10);
        Assert.Contains("kind=put target=only-here: 2", Read("ankole_object_store_requests"), StringComparison.Ordinal);
        Assert.Contains("kind=get target=only-here: 1", Read("ankole_object_store_requests"), StringComparison.Ordinal);
        // Hosts of other tests count their own targets beside it.
        var bytes = Read("ankole_object_store_bytes").Split("; ").Where(measurement => measurement.Contains("target=only-here:", StringComparison.Ordinal));
        Assert.Equal(["direction=read target=only-here: 7", "direction=written target=only-here: 110"], bytes);
    }

    private async Task AddBackupAsync(string name, DateTimeOffset at)
    {
        var backup = await store.CreateAsync(new BackupResource { Metadata = new ObjectMeta { Name = name } }, Token);
        await store.UpdateStatusAsync(
            backup with
            {
                Status = new BackupStatus
                {
                    State = BackupState.Completed, VolumeName = "data", BackupCreatedAt = at, Labels = new Dictionary<string, string> { ["RecurringJob"] = "nightly" },
                },
            }, Token);
    }

    /// <summary>All measurements of an instrument as one line, in order. Tests that run beside this one have resources of their own and other names.</summary>
    private static string Read(string instrumentName)
    {
        var found = new List<string>();
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, self) =>
        {
            if (instrument.Meter.Name == "Ankole" && instrument.Name == instrumentName)
                self.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<long>((_, value, tags, _) => found.Add(Show(value, tags)));
        listener.SetMeasurementEventCallback<int>((_, value, tags, _) => found.Add(Show(value, tags)));
        listener.SetMeasurementEventCallback<double>((_, value, tags, _) => found.Add(Show(value, tags)));
        listener.Start();
        listener.RecordObservableInstruments();
        return string.Join("; ", found.Order(StringComparer.Ordinal));
    }

    private static string Show(object value, ReadOnlySpan<KeyValuePair<string, object?>> tags) =>
        string.Join(' ', tags.ToArray().OrderBy(tag => tag.Key, StringComparer.Ordinal).Select(tag => $"{tag.Key}={tag.Value}")) + $": {value}";

    private static async Task UntilAsync(Func<bool> holds)
    {
        var began = TimeProvider.System.GetTimestamp();
        while (!holds())
        {
            if (TimeProvider.System.GetElapsedTime(began) > TimeSpan.FromSeconds(60))
                Assert.Fail("the metrics did not come to the awaited state within 60 s");
            await Task.Delay(20, Token);
        }
    }
}
