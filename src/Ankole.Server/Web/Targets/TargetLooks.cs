using Ankole.Control;

namespace Ankole.Server.Web.Targets;

/// <summary>Asks for a look at a backup target, now.</summary>
internal static class TargetLooks
{
    /// <summary>Times are kept to the second, and only a later one is a new wish: a second click within a second counts as one of the next.</summary>
    public static DateTimeOffset Next(DateTimeOffset? before, DateTimeOffset now) =>
        before is { } last && now < last.AddSeconds(1) ? last.AddSeconds(1) : now;

    public static async Task AskAsync(IResourceStore store, string target, DateTimeOffset now) =>
        await store.ChangeAsync<BackupTargetResource>(
            new ResourceKey(Kinds.BackupTarget, null, target), status: false,
            current => current with { Spec = current.Spec with { SyncRequestedAt = Next(current.Spec.SyncRequestedAt, now) } }, CancellationToken.None);
}
