using Ankole.Core;
using Ankole.Files;
using Ankole.Volumes;

namespace Ankole.Cli;

/// <summary>
/// A replica directory: a new one, made under another name and renamed when complete; or, by force, the head of an existing one, whose snapshots stay
/// what they are.
/// </summary>
internal sealed class ReplicaDestination : Destination
{
    /// <summary>What an unfinished directory is called: <c>volume.partial</c>.</summary>
    private const string PartialSuffix = ".partial";

    private readonly Replica replica;
    private readonly string directory;
    private readonly string? partialDirectory;
    private bool isComplete;

    private ReplicaDestination(Replica replica, string directory, string? partialDirectory)
    {
        this.replica = replica;
        this.directory = directory;
        this.partialDirectory = partialDirectory;
    }

    public override IBlockDevice Device => replica;

    public override bool IsZero => partialDirectory is not null;

    public override string Name => $"replica:{directory}";

    public static async Task<ReplicaDestination> OpenAsync(
        Endpoint.ReplicaEndpoint endpoint, long sizeBytes, bool force, CancellationToken cancellationToken)
    {
        if (endpoint.Snapshot is { } snapshot)
            throw new InvalidInputException(
                $"a snapshot never changes, so nothing can be restored into '{endpoint.Directory}@{snapshot}': write replica:{endpoint.Directory}.");
        var directory = Path.TrimEndingDirectorySeparator(Path.GetFullPath(endpoint.Directory));
        if (File.Exists(directory))
            throw new InvalidInputException($"'{directory}' is a file: name a new directory, or write the path without replica:.");
        if (Directory.Exists(directory) && Directory.EnumerateFileSystemEntries(directory).Any())
            return await OpenExistingAsync(directory, sizeBytes, force, cancellationToken);

        var partial = directory + PartialSuffix;
        if (Directory.Exists(partial))
            Directory.Delete(partial, recursive: true);
        await Replica.CreateAsync(partial, ByteRange.RoundUp(sizeBytes, Replica.SizeMultiple), new ReplicaOptions(), cancellationToken);
        return new ReplicaDestination(await Replica.OpenAsync(partial, new ReplicaOptions(), cancellationToken), directory, partial);
    }

    public override async Task CompleteAsync()
    {
        await replica.CloseAsync();
        if (partialDirectory is not null)
            DurableFile.Rename(partialDirectory, directory);
        isComplete = true;
    }

    public override async ValueTask DisposeAsync()
    {
        await replica.DisposeAsync();
        if (!isComplete && partialDirectory is not null && Directory.Exists(partialDirectory))
            Directory.Delete(partialDirectory, recursive: true);
    }

    private static async Task<ReplicaDestination> OpenExistingAsync(string directory, long sizeBytes, bool force, CancellationToken cancellationToken)
    {
        if (!force)
            throw new AnkoleException(
                ErrorKind.Refused, $"'{directory}' exists already. Choose a new directory, or add --force to overwrite the head of that replica.");
        var replica = await Replica.OpenAsync(directory, new ReplicaOptions(), cancellationToken);
        if (replica.SizeBytes >= sizeBytes)
            return new ReplicaDestination(replica, directory, partialDirectory: null);
        var size = replica.SizeBytes;
        await replica.DisposeAsync();
        throw TooSmall($"replica '{directory}'", size, sizeBytes);
    }
}
