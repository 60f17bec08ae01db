using System.Text;
using Ankole.Backup;
using Ankole.Core;
using Ankole.Nbd;
using Ankole.Server;

namespace Ankole.Control.Tests;

/// <summary>A whole host: resources in SQLite, real replicas and directories, its controllers running.</summary>
internal sealed class TestHost : IAsyncDisposable
{
    public const int MiB = 1 << 20;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private readonly TimeProvider time;
    private readonly string root = Directory.CreateTempSubdirectory("ankole-host-").FullName;
    private ReconcilerHost? host;
    private HostControllers? controllers;

    private TestHost(TimeProvider time)
    {
        this.time = time;
        Store = SqliteResourceStore.CreateInMemory(time);
    }

    public SqliteResourceStore Store { get; private set; }

    /// <summary>The store as a person writes to it.</summary>
    public AdmittedResourceStore Users => new(Store, new Control.Admission(HostControllers.Admissions));

    public RecordedEvents Events { get; } = new();

    public BentObjectStores ObjectStores { get; } = new();

    /// <summary>Goes with the host.</summary>
    public string Folder => root;

    public string ReplicaFolder => Path.Combine(root, "data", "replicas");

    /// <summary>Awaited after each read of one resource by the controllers, before they have the answer. Null: nothing was found.</summary>
    public Func<Resource?, Task> AfterRead { get; set; } = _ => Task.CompletedTask;

    /// <summary>On a fake clock; for work that hangs.</summary>
    public bool TimePassesBesideWork { get; set; }

    public HostOptions Options { get; set; } = new() { DataFolder = "", NodeName = "node-1" };

    public static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <param name="time">Null: the real clock.</param>
    public static async Task<TestHost> StartAsync(TimeProvider? time = null, Func<HostOptions, HostOptions>? change = null)
    {
        var made = new TestHost(time ?? TimeProvider.System);
        made.Options = new HostOptions
        {
            DataFolder = Path.Combine(made.root, "data"), NodeName = "node-1", Version = "test", FirstRetryPause = TimeSpan.FromMilliseconds(200),
            Backupstore = new BackupstoreOptions { LockTimings = LockTimings.Longhorn with { Settle = TimeSpan.Zero } },
        };
        made.Options = change?.Invoke(made.Options) ?? made.Options;
        await made.AllowAnyDiskAsync();
        await made.RunAsync();
        return made;
    }

    /// <summary>What a lost database leaves: directories and targets.</summary>
    public async Task LoseResourcesAsync()
    {
        await Store.DisposeAsync();
        Store = SqliteResourceStore.CreateInMemory(time);
        await AllowAnyDiskAsync();
    }

    /// <summary>The machine that tests run on may be as full and as small as it likes.</summary>
    private async Task AllowAnyDiskAsync()
    {
        await SetAsync(SettingCatalog.StorageMinimalAvailablePercentage, "0");
        await SetAsync(SettingCatalog.StorageOverProvisioningPercentage, "100000");
    }

    public async Task RunAsync()
    {
        controllers = HostControllers.Create(new LateReads(Store, resource => AfterRead(resource)), Events, Options, time, objectStores: ObjectStores);
        await controllers.PrepareAsync(Token);
        host = new ReconcilerHost(Store, controllers.Reconcilers, time, random: new Random(1));
        controllers.WakeThrough(host);
        host.Start();
    }

    public async Task StopAsync()
    {
        if (host is not null)
            await host.DisposeAsync();
        if (controllers is not null)
            await controllers.DisposeAsync();
        (host, controllers) = (null, null);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        await Store.DisposeAsync();
        Directory.Delete(root, recursive: true);
    }

    public async Task SetAsync(SettingDefinition setting, string value)
    {
        if (await Store.ChangeAsync<SettingResource>(new ResourceKey(Kinds.Setting, null, setting.Name), status: false, current => current with { Value = value }, Token) is null)
            await Store.CreateAsync(new SettingResource { Metadata = new ObjectMeta { Name = setting.Name }, Value = value }, Token);
    }

    public Task<VolumeResource> CreateVolumeAsync(string name, long size = 16 * MiB, Func<VolumeSpec, VolumeSpec>? change = null)
    {
        var spec = new VolumeSpec { Size = size == 0 ? "" : size.ToString() };
        return Users.CreateAsync(new VolumeResource { Metadata = new ObjectMeta { Name = name }, Spec = change?.Invoke(spec) ?? spec }, Token).AsTask();
    }

    /// <summary>A volume that is detached and can be attached.</summary>
    public async Task<VolumeResource> MakeVolumeAsync(string name, long size = 16 * MiB, Func<VolumeSpec, VolumeSpec>? change = null)
    {
        await CreateVolumeAsync(name, size, change);
        return await VolumeAsync(name, volume => volume.Status.State == VolumeState.Detached);
    }

    public async Task<VolumeResource> AttachAsync(string name)
    {
        await ChangeVolumeAsync(name, spec => spec with { AttachmentTickets = new Dictionary<string, AttachmentTicket> { ["me"] = new() { Type = AttachmentTicketType.Api } } });
        return await VolumeAsync(name, volume => volume.Status.State == VolumeState.Attached && volume.Status.Endpoint.Length > 0);
    }

    public async Task<VolumeResource> DetachAsync(string name)
    {
        await ChangeVolumeAsync(name, spec => spec with { AttachmentTickets = new Dictionary<string, AttachmentTicket>() });
        return await VolumeAsync(name, volume => volume.Status.State == VolumeState.Detached);
    }

    public async Task ChangeVolumeAsync(string name, Func<VolumeSpec, VolumeSpec> change) =>
        await Users.ChangeAsync<VolumeResource>(new ResourceKey(Kinds.Volume, null, name), status: false, volume => volume with { Spec = change(volume.Spec) }, Token);

    public async Task<SnapshotResource> SnapshotAsync(string volume, string name)
    {
        await Users.CreateAsync(new SnapshotResource { Metadata = new ObjectMeta { Name = name }, Spec = new SnapshotSpec { Volume = volume } }, Token);
        return await UntilAsync(Kinds.Snapshot, name, snapshot => snapshot.Status.ReadyToUse);
    }

    public async Task<BackupResource> CreateBackupAsync(string volume, string name, string snapshot = "", Func<BackupSpec, BackupSpec>? change = null)
    {
        var spec = new BackupSpec { VolumeName = volume, SnapshotName = snapshot };
        return await Users.CreateAsync(new BackupResource { Metadata = new ObjectMeta { Name = name }, Spec = change?.Invoke(spec) ?? spec }, Token);
    }

    public async Task<BackupResource> BackUpAsync(string volume, string name, string snapshot = "")
    {
        await CreateBackupAsync(volume, name, snapshot);
        return await UntilAsync(Kinds.Backup, name, backup => backup.Status.State == BackupState.Completed && backup.Status.FinishedAt is not null);
    }

    /// <summary>Gives the default target a bucket, and waits until it was looked at.</summary>
    public async Task<BackupTargetResource> UseBucketAsync(string bucket = "bucket", string pollInterval = "0s") => await UseTargetAsync($"s3://{bucket}@test/", pollInterval);

    public async Task<BackupTargetResource> UseTargetAsync(string url, string pollInterval = "0s")
    {
        await Users.ChangeAsync<BackupTargetResource>(
            new ResourceKey(Kinds.BackupTarget, null, SystemNames.DefaultTarget), status: false,
            target => target with { Spec = target.Spec with { BackupTargetUrl = url, PollInterval = pollInterval } }, Token);
        return await TargetAsync(target => target.Status is { Available: true, LastSyncedAt: not null });
    }

    /// <summary>Has the default target looked at again, and waits for the answer, good or bad.</summary>
    public async Task<BackupTargetResource> LookAgainAsync()
    {
        var before = (await Store.GetAsync(Kinds.BackupTarget, SystemNames.DefaultTarget, Token))!;
        // Later than any look and any wish before: a wish for the same second would be none.
        var last = Math.Max(before.Status.LastSyncedAt?.ToUnixTimeSeconds() ?? 0, before.Spec.SyncRequestedAt?.ToUnixTimeSeconds() ?? 0);
        var asked = Math.Max(time.GetUtcNow().ToUnixTimeSeconds(), last + 1);
        await Users.ChangeAsync<BackupTargetResource>(
            ResourceKey.Of(before), status: false,
            target => target with { Spec = target.Spec with { SyncRequestedAt = DateTimeOffset.FromUnixTimeSeconds(asked) } }, Token);
        return await TargetAsync(target => target.Status.ObservedGeneration > before.Metadata.Generation);
    }

    public Task<BackupTargetResource> TargetAsync(Func<BackupTargetResource, bool> holds) => UntilAsync(Kinds.BackupTarget, SystemNames.DefaultTarget, holds);

    public Task<VolumeResource> VolumeAsync(string name, Func<VolumeResource, bool> holds) => UntilAsync(Kinds.Volume, name, holds);

    /// <summary>Waits until the resource is as it should be.</summary>
    public async Task<T> UntilAsync<T>(ResourceKind<T> kind, string name, Func<T, bool> holds) where T : Resource
    {
        var deadline = DateTime.UtcNow + Patience;
        while (true)
        {
            if (await Store.GetAsync(kind, name, Token) is { } resource && holds(resource))
                return resource;
            if (DateTime.UtcNow > deadline)
                throw new TimeoutException(await DescribeAsync(kind, name));
            await PassTimeAsync();
        }
    }

    public async Task UntilGoneAsync(ResourceKind kind, string name)
    {
        var deadline = DateTime.UtcNow + Patience;
        while (await Store.GetAsync(new ResourceKey(kind, null, name), Token) is not null)
        {
            if (DateTime.UtcNow > deadline)
                throw new TimeoutException(await DescribeAsync(kind, name));
            await PassTimeAsync();
        }
    }

    /// <summary>An event is told right after the status that it is about.</summary>
    public Task UntilToldAsync(string kind, string name, string reason) =>
        UntilAsync(() => Task.FromResult(Events.ReasonsOf(kind, name).Contains(reason)), $"{kind} '{name}' tells {reason}");

    public async Task UntilAsync(Func<Task<bool>> holds, string what)
    {
        var deadline = DateTime.UtcNow + Patience;
        while (!await holds())
        {
            if (DateTime.UtcNow > deadline)
                throw new TimeoutException(what);
            await PassTimeAsync();
        }
    }

    /// <summary>
    /// On a fake clock a quarter of a second passes with each look, and none while something goes on: it would overtake that on a busy machine.
    /// </summary>
    private async Task PassTimeAsync()
    {
        if (time is Microsoft.Extensions.Time.Testing.FakeTimeProvider fake && (TimePassesBesideWork || IsQuiet))
            fake.Advance(TimeSpan.FromMilliseconds(250));
        await Task.Delay(10, Token);
    }

    /// <summary>Waits until no work goes on in the background.</summary>
    public Task UntilIdleAsync() => UntilAsync(() => Task.FromResult(controllers!.IsIdle), "no work goes on");

    /// <summary>Waits until no look goes on or is due, and no work in the background either.</summary>
    public Task UntilQuietAsync() => UntilAsync(() => Task.FromResult(IsQuiet), "nothing goes on");

    /// <summary>Looked at twice, since a look begins work and work brings a look.</summary>
    private bool IsQuiet => host is null || controllers is null || (host.KeysInHand == 0 && controllers.IsIdle && host.KeysInHand == 0 && controllers.IsIdle);

    public static Task<NbdClient> ConnectAsync(VolumeResource volume) => NbdClient.ConnectAsync(NbdUri.Parse(volume.Status.Endpoint), new NbdClientOptions(), cancellationToken: Token);

    /// <summary>Attaches, writes bytes of the seed at the offset, detaches.</summary>
    public async Task WriteAsync(string volume, int seed, long offset = 0, int length = 64 << 10)
    {
        var attached = await AttachAsync(volume);
        await using (var client = await ConnectAsync(attached))
        {
            await client.WriteAsync(offset, Bytes(seed, length), Token);
            await client.FlushAsync(Token);
        }
        await DetachAsync(volume);
    }

    public async Task<byte[]> ReadAllAsync(string volume)
    {
        var attached = await AttachAsync(volume);
        byte[] bytes;
        await using (var client = await ConnectAsync(attached))
        {
            bytes = new byte[client.SizeBytes];
            for (var offset = 0; offset < bytes.Length; offset += MiB)
                await client.ReadAsync(offset, bytes.AsMemory(offset, MiB), Token);
        }
        await DetachAsync(volume);
        return bytes;
    }

    public static byte[] Bytes(int seed, int length)
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    private async Task<string> DescribeAsync(ResourceKind kind, string name)
    {
        var text = new StringBuilder($"{kind} '{name}' did not become what it should within {Patience.TotalSeconds:0} s; it is:\n");
        text.AppendLine(await Store.GetAsync(new ResourceKey(kind, null, name), Token) is { } resource ? Encoding.UTF8.GetString(kind.ToJson(resource)) : "(none)");
        foreach (var (about, reason, message) in Events.All)
            text.AppendLine($"{about} {reason}: {message}");
        return text.ToString();
    }
}
