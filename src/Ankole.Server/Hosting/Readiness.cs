using Ankole.Control;

namespace Ankole.Server;

/// <summary>Whether the daemon does its work: the controllers run and the store answers.</summary>
internal sealed class Readiness(IResourceStore store, ServerOptions options, IHostApplicationLifetime lifetime)
{
    private volatile bool controllersRun;

    public void ControllersRun(bool value) => controllersRun = value;

    /// <summary>Null when it is ready, otherwise what is missing.</summary>
    public async ValueTask<string?> WhatIsMissingAsync(CancellationToken cancellationToken)
    {
        if (lifetime.ApplicationStopping.IsCancellationRequested)
            return "the daemon is stopping";
        await store.ListAsync(new ResourceQuery(Kinds.Node) { Limit = 1 }, cancellationToken);
        return controllersRun || options.WithoutControllers ? null : "the controllers are not running";
    }
}
