using Ankole.Cli.Api;
using Ankole.Cli.Resources;
using Ankole.Control;

namespace Ankole.Cli.Targets;

/// <summary>Has the server look at a backup target now, and waits for what it finds.</summary>
internal static class TargetProbing
{
    public static async Task<BackupTargetResource> RunAsync(CommandContext context, ServerSession server, string name, TimeSpan? limit, CancellationToken cancellationToken)
    {
        var now = context.Time.GetUtcNow();
        var target = await server.ChangeAsync(Kinds.BackupTarget, name, before => before with { Spec = before.Spec with { SyncRequestedAt = now } }, cancellationToken);
        var generation = target.Metadata.Generation;
        var asked = target.Spec.SyncRequestedAt;
        return await ResourceWait.UntilAsync<BackupTargetResource>(
            context, server, ResourceKey.Of(target), "target",
            looked => IsAnswered(looked.Status, generation, asked) ? WaitState.Done : WaitState.Going($"looking at {looked.Spec.BackupTargetUrl}"), limit, cancellationToken);
    }

    /// <summary>A look that was under way when this one was asked for, and ended after it, is as good.</summary>
    private static bool IsAnswered(BackupTargetStatus status, long generation, DateTimeOffset? asked) =>
        status.ObservedGeneration >= generation || (status.ObservedGeneration == generation - 1 && status.LastSyncedAt >= asked);

    public static string WhyUnavailable(BackupTargetResource target) =>
        target.Status.Conditions.Find("Unavailable") is { Status: Condition.True, Message.Length: > 0 } condition ? condition.Message : "the server gives no reason yet";
}
