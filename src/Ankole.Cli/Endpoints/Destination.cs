using Ankole.Core;

namespace Ankole.Cli;

/// <summary>
/// Where restored bytes go. Lifecycle: 1. opened: nothing that a person could take for the result exists yet, where that is possible;
/// 2. written through <see cref="Device"/>; 3. <see cref="CompleteAsync"/> gives it its name; without it, disposing takes away what was made.
/// </summary>
internal abstract class Destination : IAsyncDisposable
{
    public abstract IBlockDevice Device { get; }

    /// <summary>True when all of it reads as zeros before the first write.</summary>
    public abstract bool IsZero { get; }

    /// <summary>As a person would find it.</summary>
    public abstract string Name { get; }

    /// <param name="force">Allows what exists to be overwritten.</param>
    /// <exception cref="AnkoleException">It exists, holds data or is too small; nothing was changed.</exception>
    public static async Task<Destination> OpenAsync(Endpoint endpoint, long sizeBytes, bool force, CancellationToken cancellationToken) => endpoint switch
    {
        Endpoint.RawImageEndpoint raw => await RawImageDestination.OpenAsync(raw.Path, sizeBytes, force),
        Endpoint.NbdEndpoint nbd => await NbdDestination.OpenAsync(nbd.Uri, sizeBytes, force, cancellationToken),
        Endpoint.ReplicaEndpoint replica => await ReplicaDestination.OpenAsync(replica, sizeBytes, force, cancellationToken),
        _ => throw new InvalidOperationException($"unknown endpoint {endpoint}"),
    };

    public abstract Task CompleteAsync();

    public abstract ValueTask DisposeAsync();

    protected static InvalidInputException TooSmall(string name, long has, long needs) =>
        new($"{name} has {has} bytes ({ByteSize.Format(has)}), the image needs {needs} ({ByteSize.Format(needs)}). Give a larger destination.");
}
