using System.Collections.Concurrent;
using Ankole.Backup;
using Ankole.Core;

namespace Ankole.Control;

/// <summary>
/// Looks at each target at its poll interval and when asked: is it there, and what does it hold. A look is background work, so a target that hangs
/// holds nobody up, and is bounded by the setting backup-execution-timeout.
/// </summary>
internal sealed class BackupTargetReconciler(ControllerServices services, TargetSync sync) : IReconciler
{
    public const string ReconcilerName = "backup-target";

    /// <summary>Looks that people ask for come at most this often.</summary>
    private static readonly TimeSpan ShortestPause = TimeSpan.FromSeconds(10);

    /// <summary>How soon a target that is away is tried again, unless it is polled more often anyway.</summary>
    private static readonly TimeSpan RetryAway = TimeSpan.FromMinutes(1);

    /// <summary>What was found of each target since this process began.</summary>
    private readonly ConcurrentDictionary<string, Seen> seen = new(StringComparer.Ordinal);

    public string Name => ReconcilerName;

    public int MaxConcurrency => 2;

    public IReadOnlyList<ReconcilerWatch> Watches =>
    [
        ReconcilerWatch.Own(Kinds.BackupTarget),
        new ReconcilerWatch(Kinds.Secret, secret => seen.Where(entry => entry.Value.Secret == secret.Name).Select(entry => new ResourceKey(Kinds.BackupTarget, null, entry.Key))),
    ];

    public async ValueTask<ReconcileResult> ReconcileAsync(ResourceKey key, CancellationToken cancellationToken)
    {
        if (await services.Store.GetAsync(Kinds.BackupTarget, key.Name, cancellationToken) is not { } target)
        {
            seen.TryRemove(key.Name, out _);
            await services.Clients.ForgetAsync(key.Name);
            return ReconcileResult.Done;
        }
        if (target.IsDeleting)
            return await LetGoAsync(target, cancellationToken);
        if (await services.AdoptAsync(target, new Dictionary<string, string>(), (resource, metadata) => resource with { Metadata = metadata }, cancellationToken))
            return ReconcileResult.Done;
        var state = seen.GetOrAdd(target.Name, _ => new Seen());
        state.Secret = target.Spec.CredentialSecret;
        if (services.Work.IsRunning(WorkId(target)))
            return ReconcileResult.Done;

        TargetConnection connection;
        try
        {
            connection = await TargetConnection.ReadAsync(services.Store, target, cancellationToken);
        }
        catch (AnkoleException e)
        {
            state.Fingerprint = "";
            await services.Clients.ForgetAsync(target.Name);
            await WriteUnavailableAsync(target, target.Spec.BackupTargetUrl.Length == 0 ? "NotConfigured" : "Unavailable", e.Message, [], cancellationToken);
            return ReconcileResult.Done;
        }
        var pause = PauseUntilDue(target, state, connection);
        if (pause != TimeSpan.Zero)
            return new ReconcileResult(pause);
        await BeginAsync(target, state, connection, cancellationToken);
        return ReconcileResult.Done;
    }

    /// <summary>Zero: now. Null: only when something changes.</summary>
    private TimeSpan? PauseUntilDue(BackupTargetResource target, Seen state, TargetConnection connection)
    {
        var now = services.Now;
        if (state.Fingerprint != connection.Fingerprint)
            return TimeSpan.Zero;
        var sinceLook = now - state.LookedAt;
        if (target.Spec.SyncRequestedAt is { } asked && asked > (state.AskedFor ?? target.Status.LastSyncedAt ?? DateTimeOffset.MinValue))
            return sinceLook >= ShortestPause ? TimeSpan.Zero : ShortestPause - sinceLook;
        var interval = PollInterval(target.Spec);
        if (!target.Status.Available)
            interval = interval > TimeSpan.Zero && interval < RetryAway ? interval : RetryAway;
        if (interval <= TimeSpan.Zero)
            return null;
        return sinceLook >= interval ? TimeSpan.Zero : interval - sinceLook;
    }

    /// <summary>Zero: only when asked.</summary>
    internal static TimeSpan PollInterval(BackupTargetSpec spec) => spec.PollInterval.Length == 0
        ? TimeSpan.FromSeconds(300)
        : GoDuration.TryParse(spec.PollInterval, out var interval) ? interval : TimeSpan.FromSeconds(300);

    private async Task BeginAsync(BackupTargetResource target, Seen state, TargetConnection connection, CancellationToken cancellationToken)
    {
        // Whoever asks for a look wants to know whether everything that backups need works, and if not, which step fails.
        var isAskedFor = target.Spec.SyncRequestedAt is { } asked && asked != state.AskedFor;
        var isTest = state.Fingerprint != connection.Fingerprint || state.TestFailed || isAskedFor;
        state.Fingerprint = connection.Fingerprint;
        state.LookedAt = services.Now;
        state.AskedFor = target.Spec.SyncRequestedAt;
        var minutes = await services.Store.ReadIntegerAsync(SettingCatalog.BackupExecutionTimeout, cancellationToken);
        var look = new TargetLook(services, sync, target, connection, isTest);
        services.Work.TryStart(new WorkItem(WorkId(target), "target", ResourceKey.Of(target))
        {
            RunAsync = look.RunAsync,
            EndAsync = (result, token) => EndAsync(target, look, result, token),
            Pulse = () => look.Pulse,
            StallAfter = TimeSpan.FromMinutes(minutes),
            Deadline = TimeSpan.FromHours(6),
        });
    }

    private async Task EndAsync(BackupTargetResource target, TargetLook look, WorkResult result, CancellationToken cancellationToken)
    {
        if (result.Outcome == WorkOutcome.Succeeded || (look.IsReachable && result.Error is AnkoleException { Kind: ErrorKind.Damaged or ErrorKind.Refused }))
        {
            if (seen.TryGetValue(target.Name, out var known))
                known.TestFailed = false;
            await WriteAvailableAsync(target, look, result.Reason, cancellationToken);
            return;
        }
        // The next look, after the usual pause, is a full test again.
        if (seen.TryGetValue(target.Name, out var state) && look.IsProbing)
            state.TestFailed = true;
        await WriteUnavailableAsync(target, "Unavailable", $"failed to look at {look.Url}: {result.Reason}", look.Steps, cancellationToken);
        await sync.MarkUnreachableAsync(target.Name, result.Reason, cancellationToken);
    }

    private async Task WriteAvailableAsync(BackupTargetResource target, TargetLook look, string problem, CancellationToken cancellationToken)
    {
        var now = services.Now;
        var less = problem.Length > 0 ? problem : look.Less;
        var wasAvailable = target.Status.Available;
        var written = await services.Store.ChangeAsync<BackupTargetResource>(ResourceKey.Of(target), status: true, current => current with
        {
            Status = current.Status with
            {
                Available = true, LastSyncedAt = now, BackupVolumes = look.Volumes, ObservedGeneration = target.Metadata.Generation,
                Probe = look.Steps.Count > 0 ? look.Steps : current.Status.Probe,
                Conditions = current.Status.Conditions
                    .With(new Condition("Unavailable", Condition.False, "Available", ""), now)
                    .With(less.Length == 0 ? new Condition("Stale", Condition.False, "Synced", "") : new Condition("Stale", Condition.True, "ShowsLess", less), now),
            },
        }, cancellationToken);
        if (written is null)
            return;
        if (!wasAvailable)
            await services.Events.RecordAsync(written, warning: false, "Available", $"backup target '{target.Name}' answers and holds {look.Volumes} volumes.", Name, cancellationToken);
        if (less.Length > 0)
            await services.Events.RecordAsync(written, warning: true, "ShowsLess", less, Name, cancellationToken);
    }

    private async Task WriteUnavailableAsync(
        BackupTargetResource target, string reason, string message, IReadOnlyList<ProbeStepStatus> steps, CancellationToken cancellationToken)
    {
        var now = services.Now;
        var wasKnown = target.Status is { Available: false } && target.Status.Conditions.IsTrue("Unavailable");
        var written = await services.Store.ChangeAsync<BackupTargetResource>(ResourceKey.Of(target), status: true, current => current with
        {
            Status = current.Status with
            {
                Available = false, ObservedGeneration = target.Metadata.Generation, Probe = steps.Count > 0 ? steps : current.Status.Probe,
                Conditions = current.Status.Conditions.With(new Condition("Unavailable", Condition.True, reason, message), now),
            },
        }, cancellationToken);
        if (!wasKnown && written is not null && reason != "NotConfigured")
            await services.Events.RecordAsync(written, warning: true, reason, message, Name, cancellationToken);
    }

    /// <summary>What was mirrored of it goes from here; the target itself is not touched.</summary>
    private async ValueTask<ReconcileResult> LetGoAsync(BackupTargetResource target, CancellationToken cancellationToken)
    {
        services.Work.Cancel(WorkId(target), "the backup target is being deleted.");
        if (services.Work.IsRunning(WorkId(target)))
            return ReconcileResult.After(TimeSpan.FromSeconds(1));
        var left = false;
        await foreach (var volume in services.Store.ListAsync(Kinds.BackupVolume, query => query with { Labels = StoreNames.Selector(target.Name) }, cancellationToken))
        {
            left = true;
            await RemoveHereAsync(volume, (resource, metadata) => resource with { Metadata = metadata }, cancellationToken);
        }
        await foreach (var backup in services.Store.ListAsync(Kinds.Backup, query => query with { Labels = StoreNames.Selector(target.Name) }, cancellationToken))
        {
            left = true;
            await RemoveHereAsync(backup, (resource, metadata) => resource with { Metadata = metadata }, cancellationToken);
        }
        if (left)
            return ReconcileResult.After(TimeSpan.FromSeconds(1));
        await services.Clients.ForgetAsync(target.Name);
        await services.ReleaseAsync(target, (resource, metadata) => resource with { Metadata = metadata }, cancellationToken);
        return ReconcileResult.Done;
    }

    /// <summary>The mark first, so that whoever carries the deletion out leaves the backupstore alone.</summary>
    private async Task RemoveHereAsync<T>(T resource, Func<T, ObjectMeta, T> with, CancellationToken cancellationToken) where T : Resource
    {
        await services.Store.ChangeAsync<T>(ResourceKey.Of(resource), status: false, current =>
            current.Metadata.Labels.ContainsKey(SystemNames.DeleteResourceOnlyLabel)
                ? current
                : with(current, current.Metadata with { Labels = new Dictionary<string, string>(current.Metadata.Labels) { [SystemNames.DeleteResourceOnlyLabel] = "true" } }),
            cancellationToken);
        await services.Store.DeleteAsync(ResourceKey.Of(resource), null, cancellationToken);
    }

    private static string WorkId(BackupTargetResource target) => $"target/{target.Metadata.Uid}";

    private sealed class Seen
    {
        /// <summary>The last full test found something wrong.</summary>
        public bool TestFailed { get; set; }

        public string Secret { get; set; } = "";

        /// <summary>Of the connection that was looked at last; empty: of none yet.</summary>
        public string Fingerprint { get; set; } = "";

        public DateTimeOffset LookedAt { get; set; }

        /// <summary>The request that the newest look answers.</summary>
        public DateTimeOffset? AskedFor { get; set; }
    }
}
