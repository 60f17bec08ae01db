using Ankole.Backup;

namespace Ankole.Control;

/// <summary>How the controllers reach what lies behind a target's URL: a seam, so that tests can bend it.</summary>
public interface IObjectStoreFactory
{
    /// <summary>Opens without asking the server anything.</summary>
    /// <exception cref="Core.InvalidInputException">The credentials cannot be used.</exception>
    IObjectStore Open(TargetUrl url, TargetCredentials credentials);

    /// <summary>Tests the target step by step, as <see cref="TargetProbe"/> does.</summary>
    IAsyncEnumerable<ProbeStep> ProbeAsync(TargetUrl url, TargetCredentials credentials, CancellationToken cancellationToken);
}

/// <summary>The real thing. A target's directory is never made here: one that is away must not be taken for a new one.</summary>
public sealed class ObjectStoreFactory(ObjectStoreOptions options) : IObjectStoreFactory
{
    private readonly ObjectStoreOptions options = options with { MayCreateDirectory = false };

    public IObjectStore Open(TargetUrl url, TargetCredentials credentials) => ObjectStores.Open(url, credentials, options);

    public IAsyncEnumerable<ProbeStep> ProbeAsync(TargetUrl url, TargetCredentials credentials, CancellationToken cancellationToken) =>
        TargetProbe.RunAsync(url, credentials, options, cancellationToken);
}
