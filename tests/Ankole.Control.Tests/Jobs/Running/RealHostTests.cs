using Ankole.Server;
using Microsoft.Extensions.Logging.Abstractions;

namespace Ankole.Control.Tests.Jobs.Running;

/// <summary>Jobs on the real controllers: replica directories, a directory backupstore and the real clock.</summary>
public sealed class RealHostTests : IAsyncDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(120);

    private readonly SqliteResourceStore store = SqliteResourceStore.CreateInMemory(TimeProvider.System);
    private readonly string folder = Directory.CreateTempSubdirectory("ankole-jobs-").FullName;
    private readonly Stack<IAsyncDisposable> parts = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        await store.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task A_list_of_a_StorageClass_backs_up_a_real_volume_and_retention_holds_across_a_restart()
    {
        var users = new AdmittedResourceStore(store, new Control.Admission([.. HostControllers.Admissions, new RecurringJobAdmission(), new StorageClassAdmission()]));
        foreach (var (setting, value) in ((SettingDefinition, string)[])
            [(SettingCatalog.StorageMinimalAvailablePercentage, "0"), (SettingCatalog.StorageOverProvisioningPercentage, "100000")])
            await users.CreateAsync(new SettingResource { Metadata = new ObjectMeta { Name = setting.Name }, Value = value }, Token);
        await StartAsync();
        Directory.CreateDirectory(Path.Combine(folder, "backupstore"));
        await store.ChangeAsync<BackupTargetResource>(
            new ResourceKey(Kinds.BackupTarget, null, SystemNames.DefaultTarget), status: false,
            target => target with { Spec = target.Spec with { BackupTargetUrl = $"file://{folder}/backupstore", PollInterval = "0s" } }, Token);
        await UntilAsync(async () => await store.GetAsync(Kinds.BackupTarget, SystemNames.DefaultTarget, Token) is { Status.Available: true });
        await users.CreateAsync(
            new StorageClassResource
            {
                Metadata = new ObjectMeta { Name = "page" }, Provisioner = "driver.longhorn.io",
                Parameters = new Dictionary<string, string>
                {
                    ["numberOfReplicas"] = "1",
                    ["recurringJobs"] = """[{"name":"snap","task":"snapshot","cron":"@every 2s","retain":2},{"name":"backup","task":"backup","cron":"@every 3s","retain":2}]""",
                },
            }, Token);
        await users.CreateAsync(
            new VolumeResource
            {
                Metadata = new ObjectMeta { Name = "data" },
                Spec = new VolumeSpec
                {
                    Size = "8Mi", StorageClassName = "page",
                    AttachmentTickets = new Dictionary<string, AttachmentTicket> { ["me"] = new() { Type = AttachmentTicketType.Api } },
                },
            }, Token);

        var (snap, backup) = (ListedJob.NameOf("data", "snap"), ListedJob.NameOf("data", "backup"));
        await UntilAsync(async () => await RunsAsync(snap) >= 3 && await RunsAsync(backup) >= 3);
        await StopAsync();
        await StartAsync();
        var before = await RunsAsync(backup);
        await UntilAsync(async () => await RunsAsync(backup) >= before + 2);

        // Suspended, so that what is there stays as it is.
        await store.ChangeAsync<VolumeResource>(
            new ResourceKey(Kinds.Volume, null, "data"), status: false, volume => volume with { Spec = volume.Spec with { RecurringJobs = [] } }, Token);
        await UntilAsync(async () => (await ListAsync(Kinds.RecurringJob)).Count == 0);
        await UntilAsync(async () => await CountAsync(Kinds.Backup, item => item.IsDeleting || !BackupState.IsFinal(item.Status.State)) == 0);
        await UntilAsync(async () => await CountAsync(Kinds.Snapshot, item => item.IsDeleting || !item.Status.ReadyToUse) == 0);

        var backups = (await ListAsync(Kinds.Backup)).Where(item => item.Spec.Labels["RecurringJob"] == backup).ToList();
        var completed = backups.Where(item => item.Status.State == BackupState.Completed).ToList();
        Assert.InRange(completed.Count, 2, 3); // a run that the end of the job cut short may have left its backup unpruned
        Assert.Equal(completed.Count, Directory.EnumerateFiles(Path.Combine(folder, "backupstore"), "backup_*.cfg", SearchOption.AllDirectories).Count());
        Assert.InRange(await CountAsync(Kinds.Snapshot, item => item.Spec.Labels.GetValueOrDefault("RecurringJob") == snap), 2, 3);
        Assert.InRange(await CountAsync(Kinds.Snapshot, item => item.Spec.Labels.GetValueOrDefault("RecurringJob") == backup), 1, 3);
    }

    private async Task StartAsync()
    {
        var options = new HostOptions { DataFolder = Path.Combine(folder, "data"), NodeName = "node-1", FirstRetryPause = TimeSpan.FromMilliseconds(200) };
        var events = Own(new EventRecorder(store, TimeProvider.System, new EventOptions()));
        var controllers = Own(HostControllers.Create(store, events, options, TimeProvider.System, NullLoggerFactory.Instance));
        await controllers.PrepareAsync(Token);
        var jobs = Own(new RecurringJobReconciler(store, events, TimeProvider.System));
        var host = Own(new ReconcilerHost(store, [.. controllers.Reconcilers, jobs, new VolumeJobsReconciler(store, events)], TimeProvider.System));
        controllers.WakeThrough(host);
        host.Start();
    }

    private async Task StopAsync()
    {
        while (parts.TryPop(out var part))
            await part.DisposeAsync();
    }

    private T Own<T>(T part) where T : IAsyncDisposable
    {
        parts.Push(part);
        return part;
    }

    private async Task<long> RunsAsync(string job) => (await store.GetAsync(Kinds.RecurringJob, job, Token))?.Status.LastRun?.Number ?? 0;

    private async Task<int> CountAsync<T>(ResourceKind<T> kind, Func<T, bool> counts) where T : Resource => (await ListAsync(kind)).Count(counts);

    private async Task<List<T>> ListAsync<T>(ResourceKind<T> kind) where T : Resource
    {
        var items = new List<T>();
        await foreach (var item in store.ListAsync(kind, null, Token))
            items.Add(item);
        return items;
    }

    private async Task UntilAsync(Func<Task<bool>> holds)
    {
        var began = TimeProvider.System.GetTimestamp();
        while (!await holds())
        {
            if (TimeProvider.System.GetElapsedTime(began) > Deadline)
                Assert.Fail($"not within {Deadline.TotalSeconds} s: {await DescribeAsync()}");
            await Task.Delay(50, Token);
        }
    }

    private async Task<string> DescribeAsync()
    {
        var all = new List<string>();
        foreach (var kind in (ResourceKind[])[Kinds.RecurringJob, Kinds.Volume, Kinds.BackupTarget, Kinds.Snapshot, Kinds.Backup])
            all.AddRange((await store.ListAsync(new ResourceQuery(kind), Token)).Items.Select(item => System.Text.Encoding.UTF8.GetString(kind.ToJson(item))));
        return string.Join('\n', all);
    }
}
