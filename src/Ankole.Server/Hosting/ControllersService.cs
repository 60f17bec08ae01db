using System.Reflection;
using Ankole.Control;

namespace Ankole.Server;

/// <summary>Runs the controllers while the daemon runs.</summary>
internal sealed class ControllersService(
    IResourceStore store, DataFolder folder, ServerOptions options, Readiness readiness, TimeProvider time, ILoggerFactory logs) : IHostedService, IAsyncDisposable
{
    private static readonly ResourceKey DefaultTarget = new(Kinds.BackupTarget, null, SystemNames.DefaultTarget);

    /// <summary>In the order in which they were made; they go in the opposite one.</summary>
    private readonly Stack<IAsyncDisposable> parts = new();

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var node = await folder.NodeNameAsync(options.NodeName, cancellationToken);
        var host = new Control.HostOptions { DataFolder = folder.Path, NodeName = node, Version = Version, KernelDevices = true };
        var events = Own(new EventRecorder(store, time, new EventOptions(), logs.CreateLogger<EventRecorder>()));
        Own(new ControlMetrics(store, time, logs.CreateLogger<ControlMetrics>()));
        var controllers = Own(HostControllers.Create(store, events, host, time, logs));
        var jobs = Own(new RecurringJobReconciler(store, events, time, logs.CreateLogger<RecurringJobReconciler>()));
        var isFirstStart = await store.GetAsync(DefaultTarget, cancellationToken) is null;
        await controllers.PrepareAsync(cancellationToken);
        if (isFirstStart && options.DefaultTarget is { } url)
            await store.ChangeAsync<BackupTargetResource>(
                DefaultTarget, status: false, target => target with { Spec = target.Spec with { BackupTargetUrl = url } }, cancellationToken);
        var reconcilers = Own(new ReconcilerHost(
            store, [.. controllers.Reconcilers, jobs, new VolumeJobsReconciler(store, events)], time, logs.CreateLogger<ReconcilerHost>()));
        controllers.WakeThrough(reconcilers);
        reconcilers.Start();
        readiness.ControllersRun(true);
    }

    public async Task StopAsync(CancellationToken cancellationToken) => await DisposeAsync();

    public async ValueTask DisposeAsync()
    {
        readiness.ControllersRun(false);
        while (parts.TryPop(out var part))
            await part.DisposeAsync();
    }

    private static string Version => typeof(ControllersService).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "";

    private T Own<T>(T part) where T : IAsyncDisposable
    {
        parts.Push(part);
        return part;
    }
}
