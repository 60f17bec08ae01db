using Ankole.Control;
using Ankole.Server.Web.Volumes;

namespace Ankole.Server.Web.Snapshots;

/// <summary>Takes a snapshot that something else must come after.</summary>
internal static class SnapshotWait
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    /// <returns>True when it is there; false when it was not within a minute.</returns>
    public static async Task<bool> TakeAsync(IResourceStore store, string volume, string name, TimeProvider time)
    {
        var taken = await VolumeActions.SnapshotAsync(store, volume, name, new Dictionary<string, string>());
        using var patience = new CancellationTokenSource(Patience, time);
        try
        {
            var query = new ResourceQuery(Kinds.Snapshot) { Fields = [new FieldRequirement("metadata.name", name)] };
            await foreach (var change in store.WatchAsync(query, null, patience.Token))
                if (change.Resource is SnapshotResource { Status.ReadyToUse: true } ready && ready.Metadata.Uid == taken.Metadata.Uid)
                    return true;
        }
        catch (OperationCanceledException) when (patience.IsCancellationRequested)
        {
            return false;
        }
        return false;
    }
}
