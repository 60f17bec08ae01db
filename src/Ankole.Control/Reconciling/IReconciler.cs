namespace Ankole.Control;

/// <summary>
/// Makes one kind of resource true, level-triggered: a call looks at what is wanted and what is, takes the next step and returns. It is called
/// again after every change it watches, and must do nothing when nothing is left to do. Work that takes time runs outside, and its end is
/// reported by a change of status. One key is never reconciled twice at the same time.
/// </summary>
public interface IReconciler
{
    /// <summary>For logs and metrics: <c>volume</c>, <c>recurring-job</c>.</summary>
    string Name { get; }

    /// <summary>Keys reconciled at the same time at most.</summary>
    int MaxConcurrency { get; }

    /// <summary>The kinds whose changes matter, each with the keys to reconcile when one of them changes.</summary>
    IReadOnlyList<ReconcilerWatch> Watches { get; }

    /// <exception cref="Core.AnkoleException">It is tried again, after a pause that doubles.</exception>
    ValueTask<ReconcileResult> ReconcileAsync(ResourceKey key, CancellationToken cancellationToken);
}

/// <param name="KeysOf">The keys to reconcile for a changed resource; for the reconciler's own kind the resource's own key.</param>
public sealed record ReconcilerWatch(ResourceKind Kind, Func<Resource, IEnumerable<ResourceKey>> KeysOf)
{
    public static ReconcilerWatch Own(ResourceKind kind) => new(kind, resource => [ResourceKey.Of(resource)]);
}

/// <param name="Again">Reconcile once more after this long even if nothing changes; null: not before a change.</param>
public readonly record struct ReconcileResult(TimeSpan? Again)
{
    public static ReconcileResult Done => default;

    public static ReconcileResult After(TimeSpan pause) => new(pause);
}
