using Ankole.Server;
using Microsoft.Extensions.Time.Testing;

namespace Ankole.Control.Tests.Jobs.Running;

/// <summary>
/// The real resource store, reconciler host and job reconcilers on a clock that the test moves; what makes snapshots and backups true is replaced
/// by <see cref="WorldReconciler"/>.
/// </summary>
internal sealed class JobWorld : IAsyncDisposable
{
    /// <summary>A Monday, half a minute before the full hour.</summary>
    public static readonly DateTimeOffset Beginning = new(2026, 6, 1, 11, 59, 30, TimeSpan.Zero);

    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(150);

    /// <summary>After this long without the awaited state everything is looked at once more, as a resync does: a pause may have begun after the clock was moved.</summary>
    private static readonly TimeSpan NudgeAfter = TimeSpan.FromSeconds(2);

    private readonly SqliteResourceStore sqlite;
    private Daemon? daemon;

    public JobWorld(Func<IResourceStore, IResourceStore>? bend = null)
    {
        sqlite = SqliteResourceStore.CreateInMemory(Time);
        Store = bend?.Invoke(sqlite) ?? sqlite;
        World = new WorldState();
    }

    public FakeTimeProvider Time { get; } = new(Beginning);

    public IResourceStore Store { get; }

    public WorldState World { get; }

    public DateTimeOffset Now => Time.GetUtcNow();

    public void Start() => daemon = new Daemon(Store, World, Time);

    /// <summary>What a SIGKILL leaves is what is in the store; tests of the process itself are elsewhere.</summary>
    public async Task StopAsync()
    {
        if (daemon is not null)
            await daemon.DisposeAsync();
        daemon = null;
    }

    public async Task<RecurringJobResource> CreateJobAsync(string name, string task, string cron, Func<RecurringJobSpec, RecurringJobSpec>? more = null)
    {
        var job = new RecurringJobResource { Metadata = new ObjectMeta { Name = name }, Spec = new RecurringJobSpec { Task = task, Cron = cron, Retain = 1 } };
        job = job with { Spec = more?.Invoke(job.Spec) ?? job.Spec };
        return await Store.CreateAsync((RecurringJobResource)await AdmitAsync(job), Token);
    }

    public async Task<VolumeResource> CreateVolumeAsync(string name, string state = "attached", params string[] jobs)
    {
        var volume = await Store.CreateAsync(
            new VolumeResource
            {
                Metadata = new ObjectMeta { Name = name, Labels = jobs.ToDictionary(JobLabels.OfJob, _ => JobLabels.Enabled) },
                Spec = new VolumeSpec { Size = "1Gi" },
            },
            Token);
        return await Store.UpdateStatusAsync(volume with { Status = new VolumeStatus { State = state, Robustness = "healthy" } }, Token);
    }

    public async Task SetAsync(SettingDefinition setting, string value) =>
        await Store.CreateAsync(new SettingResource { Metadata = new ObjectMeta { Name = setting.Name }, Value = value }, Token);

    public async Task CreateTargetAsync(bool available = true)
    {
        var target = await Store.CreateAsync(new BackupTargetResource { Metadata = new ObjectMeta { Name = SystemNames.DefaultTarget } }, Token);
        await Store.UpdateStatusAsync(target with { Status = new BackupTargetStatus { Available = available } }, Token);
    }

    public async Task SetAvailableAsync(bool available) => await Store.ChangeAsync<BackupTargetResource>(
        new ResourceKey(Kinds.BackupTarget, null, SystemNames.DefaultTarget), status: true, target => target with { Status = target.Status with { Available = available } }, Token);

    public async Task ChangeJobAsync(string name, Func<RecurringJobSpec, RecurringJobSpec> change) =>
        await Store.ChangeAsync<RecurringJobResource>(new ResourceKey(Kinds.RecurringJob, null, name), status: false, job => job with { Spec = change(job.Spec) }, Token);

    public async Task<RecurringJobResource> JobAsync(string name) => (await Store.GetAsync(Kinds.RecurringJob, name, Token))!;

    public async Task<VolumeResource> VolumeAsync(string name) => (await Store.GetAsync(Kinds.Volume, name, Token))!;

    /// <summary>Moves the clock to the job's next tick and waits until its run has ended; more than one run of one tick fails.</summary>
    public async Task<JobRun> RunNextAsync(string name)
    {
        var next = await UntilAsync(async () => (await JobAsync(name)).Status is { NextScheduleTime: { } at, Active: null } && at > Now ? at : (DateTimeOffset?)null);
        Time.Advance(next!.Value - Now);
        return await EndOfRunAsync(name, next.Value);
    }

    public async Task<JobRun> EndOfRunAsync(string name, DateTimeOffset tick) =>
        (await UntilAsync(async () => (await JobAsync(name)).Status is { Active: null, LastRun: { } run } && run.ScheduledAt == tick ? run : null))!;

    /// <summary>Waits, on the real clock, for what the moved clock brought about.</summary>
    public async Task<T?> UntilAsync<T>(Func<Task<T?>> look)
    {
        var began = TimeProvider.System.GetTimestamp();
        var nudged = began;
        while (TimeProvider.System.GetElapsedTime(began) < Deadline)
        {
            if (await look() is { } found && found is not false)
                return found;
            await Task.Delay(10, Token);
            if (TimeProvider.System.GetElapsedTime(nudged) < NudgeAfter || daemon is null)
                continue;
            nudged = TimeProvider.System.GetTimestamp();
            await daemon.ResyncAsync(Token);
        }
        throw new TimeoutException($"not within {Deadline.TotalSeconds} s; jobs: {await DescribeJobsAsync()}");
    }

    public Task UntilAsync(Func<Task<bool>> look) => UntilAsync<object>(async () => await look() ? "" : null);

    /// <summary>Names in the order they were made, of snapshots that a job has made.</summary>
    public async Task<IReadOnlyList<SnapshotResource>> SnapshotsAsync(string? job = null) =>
        [.. (await ListAsync(Kinds.Snapshot)).Where(snapshot => job is null || snapshot.Spec.Labels.GetValueOrDefault("RecurringJob") == job).OrderBy(snapshot => snapshot.Status.CreationTime)];

    public async Task<IReadOnlyList<BackupResource>> BackupsAsync(string? job = null) =>
        [.. (await ListAsync(Kinds.Backup)).Where(backup => job is null || backup.Spec.Labels.GetValueOrDefault("RecurringJob") == job).OrderBy(backup => backup.Status.BackupCreatedAt)];

    public async Task<IReadOnlyList<EventResource>> EventsAsync()
    {
        await daemon!.Events.FlushAsync(Token);
        return await ListAsync(Kinds.Event);
    }

    public async Task<List<T>> ListAsync<T>(ResourceKind<T> kind) where T : Resource
    {
        var items = new List<T>();
        await foreach (var item in Store.ListAsync(kind, null, Token))
            items.Add(item);
        return items;
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        await sqlite.DisposeAsync();
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private async Task<Resource> AdmitAsync(Resource resource) => await new Control.Admission([new RecurringJobAdmission()]).AdmitAsync(resource, null, Store, Token);

    private async Task<string> DescribeJobsAsync() =>
        string.Join("; ", (await ListAsync(Kinds.RecurringJob)).Select(job => System.Text.Encoding.UTF8.GetString(Kinds.RecurringJob.ToJson(job))));

    private sealed class Daemon : IAsyncDisposable
    {
        private readonly IResourceStore store;
        private readonly RecurringJobReconciler jobs;
        private readonly ReconcilerHost host;

        public Daemon(IResourceStore store, WorldState world, FakeTimeProvider time)
        {
            this.store = store;
            Events = new EventRecorder(store, time, new EventOptions());
            jobs = new RecurringJobReconciler(store, Events, time);
            host = new ReconcilerHost(store, [jobs, new VolumeJobsReconciler(store, Events), .. WorldReconciler.All(store, world, time)], time);
            host.Start();
        }

        public EventRecorder Events { get; }

        public async Task ResyncAsync(CancellationToken cancellationToken)
        {
            await foreach (var job in store.ListAsync(Kinds.RecurringJob, null, cancellationToken))
                host.Enqueue(jobs.Name, ResourceKey.Of(job));
            await foreach (var snapshot in store.ListAsync(Kinds.Snapshot, null, cancellationToken))
                host.Enqueue(WorldReconciler.Snapshots, ResourceKey.Of(snapshot));
            await foreach (var backup in store.ListAsync(Kinds.Backup, null, cancellationToken))
                host.Enqueue(WorldReconciler.Backups, ResourceKey.Of(backup));
        }

        public async ValueTask DisposeAsync()
        {
            await host.DisposeAsync();
            await jobs.DisposeAsync();
            await Events.DisposeAsync();
        }
    }
}
