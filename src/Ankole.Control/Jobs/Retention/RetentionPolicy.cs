namespace Ankole.Control;

/// <summary>How many results of one job each volume keeps.</summary>
/// <param name="Retain">The newest this many always stay; 0 keeps none by count.</param>
/// <param name="KeepDaily">In addition the newest of each of the last this many days that have one; weekly, monthly and yearly alike.</param>
/// <param name="MaxAge">What only the calendar rules keep goes when it is older than this; null: no limit.</param>
public sealed record RetentionPolicy(int Retain, int KeepDaily = 0, int KeepWeekly = 0, int KeepMonthly = 0, int KeepYearly = 0, TimeSpan? MaxAge = null)
{
    /// <summary>The policy of an admitted job. A retain below 1 counts as 1, except for the task that may delete all.</summary>
    public static RetentionPolicy Of(RecurringJobSpec job) => new(
        Math.Max(job.Task == JobTask.SnapshotDelete ? 0 : 1, job.Retain), job.KeepDaily, job.KeepWeekly, job.KeepMonthly, job.KeepYearly,
        GoDuration.TryParse(job.MaxAge, out var age) && age > TimeSpan.Zero ? age : null);
}

/// <summary>A finished snapshot or backup that counts.</summary>
public sealed record RetentionItem(string Name, DateTimeOffset CreatedAt);

/// <param name="Reason">Which rule keeps it, or why none does, for people.</param>
public sealed record RetentionDecision(RetentionItem Item, bool Keep, string Reason);
