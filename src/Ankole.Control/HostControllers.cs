using Ankole.Backup;
using Ankole.Core;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Ankole.Control;

/// <summary>
/// Everything that makes resources true on one host, put together. Lifecycle: 1. <see cref="Create"/>; 2. <see cref="PrepareAsync"/>;
/// 3. a <see cref="ReconcilerHost"/> runs <see cref="Reconcilers"/>, with <see cref="WakeThrough"/> set before it starts; 4. the host is stopped;
/// 5. <see cref="DisposeAsync"/> stops work under way (it is begun again after a restart), disconnects clients and closes every replica.
/// </summary>
public sealed class HostControllers : IAsyncDisposable
{
    private readonly ControllerServices services;

    private readonly ILogger log;

    private HostControllers(ControllerServices services, ILogger log)
    {
        this.services = services;
        this.log = log;
        var sync = new TargetSync(services.Store, services.Events, services.Time);
        var mirror = new SnapshotMirror(services.Store, services.Time);
        Reconcilers =
        [
            new VolumeReconciler(services, mirror, sync), new SnapshotReconciler(services, mirror), new BackupReconciler(services, sync),
            new BackupVolumeReconciler(services, sync), new BackupTargetReconciler(services, sync), new DefaultTargetReconciler(services.Store),
            new VolumeOperationReconciler(services, mirror), new NodeReconciler(services), new SettingReconciler(services.Store),
        ];
    }

    public IReadOnlyList<IReconciler> Reconcilers { get; }

    /// <summary>No work goes on in the background.</summary>
    internal bool IsIdle => services.Work.IsIdle;

    /// <summary>The rules of the kinds whose controllers these are.</summary>
    public static IReadOnlyList<IKindAdmission> Admissions { get; } =
    [
        new VolumeAdmission(), new SnapshotAdmission(), new BackupAdmission(), new BackupVolumeAdmission(), new BackupTargetAdmission(), new SecretAdmission(),
        new SettingAdmission(), new VolumeOperationAdmission(), new NodeAdmission(), new ReplicaAdmission(),
    ];

    /// <param name="store">Writes past admission: what controllers write is theirs to know.</param>
    /// <param name="objectStores">Null: the real ones.</param>
    public static HostControllers Create(
        IResourceStore store, IEventRecorder events, HostOptions options, TimeProvider time, ILoggerFactory? logs = null, IObjectStoreFactory? objectStores = null)
    {
        logs ??= NullLoggerFactory.Instance;
        objectStores ??= new ObjectStoreFactory(new ObjectStoreOptions { Time = time, Logger = logs.CreateLogger<ObjectStoreFactory>() });
        var engine = new VolumeEngine(options.DataFolder, DevicesFor(options, logs), time);
        var work = new BackgroundWork(time, logs.CreateLogger<BackgroundWork>());
        return new HostControllers(new ControllerServices(
            store, engine, work, new BackupstoreClients(store, objectStores, options, time), events, time, options), logs.CreateLogger<HostControllers>());
    }

    /// <summary>Makes the resources that always exist: this node and the default backup target.</summary>
    public async Task PrepareAsync(CancellationToken cancellationToken)
    {
        await NodeReconciler.EnsureAsync(services.Store, services.Host.NodeName, cancellationToken);
        await DefaultTargetReconciler.EnsureAsync(services.Store, cancellationToken);
        await DropDevicesOfNobodyAsync(cancellationToken);
    }

    /// <summary>Work that ends has its resource looked at again through this host.</summary>
    public void WakeThrough(ReconcilerHost host)
    {
        var byKind = Reconcilers
            .SelectMany(reconciler => reconciler.Watches.Take(1).Select(watch => (watch.Kind, reconciler.Name)))
            .DistinctBy(entry => entry.Kind).ToDictionary(entry => entry.Kind, entry => entry.Name);
        services.Work.Wake = key =>
        {
            if (byKind.TryGetValue(key.Kind, out var name))
                host.Enqueue(name, key);
        };
    }

    private static IKernelDevices DevicesFor(HostOptions options, ILoggerFactory logs) => options.KernelDevices
        ? new NbdKernelDevices(VolumeEngine.ReplicaFolderOf(options.DataFolder), logs.CreateLogger<NbdKernelDevices>()) : new NoKernelDevices();

    /// <summary>A volume that is gone has no reconciler that would look after the device that was left of it.</summary>
    private async Task DropDevicesOfNobodyAsync(CancellationToken cancellationToken)
    {
        foreach (var volume in services.Engine.DevicesLeft)
        {
            if (await services.Store.GetAsync(Kinds.Volume, volume, cancellationToken) is not null)
                continue;
            try
            {
                await services.Engine.DetachAsync(volume, cancellationToken);
            }
            catch (AnkoleException e)
            {
                KernelDeviceLog.Stays(log, volume, e.Message);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await services.Work.DisposeAsync();
        await services.Engine.DisposeAsync();
        await services.Clients.DisposeAsync();
    }
}
