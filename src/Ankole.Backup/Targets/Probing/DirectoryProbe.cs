using System.Runtime.CompilerServices;
using Ankole.Core;

namespace Ankole.Backup;

/// <summary>What a directory lies on: whether it is there, or its mount is missing, and how much room it has.</summary>
internal sealed class DirectoryProbe(DirectoryObjectStore store, StepWatch watch)
{
    /// <summary>A file system this full may run full in the middle of the next backup.</summary>
    private const double LeastFree = 0.05;

    public async IAsyncEnumerable<ProbeStep> RunAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await ValueTask.CompletedTask;
        var found = await watch.RunAsync("directory", () => ValueTask.FromResult(Look()));
        if (found.Result == ProbeResult.Passed && !store.Root.IsThere)
            found = found with { Result = ProbeResult.Warning };
        yield return found;
        if (found.Result != ProbeResult.Failed)
            yield return MeasureSpace();
    }

    private string Look()
    {
        store.Root.CheckUsable();
        return store.Root.IsThere
            ? $"'{store.Root.Path}' is there, on the file system mounted at '{store.Root.MountPoint}'"
            : $"'{store.Root.Path}' is not there yet: the first backup makes it, on the file system mounted at '{store.Root.MountPoint}'. Nothing more is tried before that";
    }

    private ProbeStep MeasureSpace()
    {
        const string name = "space";
        try
        {
            var disk = new DriveInfo(store.Root.MountPoint);
            var detail = $"{ByteSize.Format(disk.AvailableFreeSpace)} of {ByteSize.Format(disk.TotalSize)} can be written";
            return disk.AvailableFreeSpace < LeastFree * disk.TotalSize
                ? watch.Step(name, ProbeResult.Warning, $"{detail}: the next backup may fill it; delete backups, or enlarge it")
                : watch.Step(name, ProbeResult.Passed, detail);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return watch.Step(name, ProbeResult.Unknown, $"could not be looked at: {e.Message}");
        }
    }
}
