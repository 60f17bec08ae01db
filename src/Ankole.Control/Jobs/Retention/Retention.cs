namespace Ankole.Control;

/// <summary>Which of a job's results on one volume stay. A pure function: it sees only what it is given.</summary>
/// <remarks>
/// Counting is Longhorn's: the newest <see cref="RetentionPolicy.Retain"/> stay. The calendar rules only ever add to that. Who calls it decides
/// what counts: results of one job on one volume, finished and not failed.
/// </remarks>
public static class Retention
{
    /// <summary>
    /// Further ahead of the clock than clocks of different machines differ: it was made while the clock was wrong, and says nothing about order.
    /// </summary>
    private static readonly TimeSpan ClockTolerance = TimeSpan.FromHours(1);

    /// <param name="zone">Where days, weeks, months and years begin.</param>
    /// <returns>One decision for each item, newest first. With equal times the greater name is the newer.</returns>
    public static IReadOnlyList<RetentionDecision> Decide(
        IReadOnlyCollection<RetentionItem> items, RetentionPolicy policy, DateTimeOffset now, TimeZoneInfo zone)
    {
        var newestFirst = items
            .OrderBy(item => item.CreatedAt > now + ClockTolerance)
            .ThenByDescending(item => item.CreatedAt).ThenByDescending(item => item.Name, StringComparer.Ordinal).ToList();
        var kept = new Dictionary<RetentionItem, string>(ReferenceEqualityComparer.Instance);
        for (var index = 0; index < Math.Min(policy.Retain, newestFirst.Count); index++)
            kept[newestFirst[index]] = $"retain: {index + 1} of {policy.Retain}";
        foreach (var rule in RetentionRule.Of(policy))
            KeepByCalendar(newestFirst, rule, policy.MaxAge, now, zone, kept);
        return newestFirst.ConvertAll(item => kept.TryGetValue(item, out var reason)
            ? new RetentionDecision(item, true, reason)
            : new RetentionDecision(item, false, ReasonToDelete(item, policy, now)));
    }

    /// <summary>Those that no rule keeps, oldest first: the order to delete them in.</summary>
    public static IReadOnlyList<RetentionItem> Expired(
        IReadOnlyCollection<RetentionItem> items, RetentionPolicy policy, DateTimeOffset now, TimeZoneInfo zone) =>
        [.. Decide(items, policy, now, zone).Where(decision => !decision.Keep).Select(decision => decision.Item).Reverse()];

    private static void KeepByCalendar(
        List<RetentionItem> newestFirst, RetentionRule rule, TimeSpan? maxAge, DateTimeOffset now, TimeZoneInfo zone, Dictionary<RetentionItem, string> kept)
    {
        var periods = new HashSet<string>();
        foreach (var item in newestFirst)
        {
            if (periods.Count >= rule.Count)
                return;
            var period = rule.KeyOf(TimeZoneInfo.ConvertTime(item.CreatedAt, zone).DateTime);
            if (IsTooOld(item, maxAge, now) || !periods.Add(period))
                continue;
            kept.TryAdd(item, $"newest of {rule.Period} {period}: {periods.Count} of {rule.Count}");
        }
    }

    private static string ReasonToDelete(RetentionItem item, RetentionPolicy policy, DateTimeOffset now) => IsTooOld(item, policy.MaxAge, now)
        ? $"older than {GoDuration.Format(policy.MaxAge!.Value)}, and not among the newest {policy.Retain}"
        : $"not among the newest {policy.Retain}{(RetentionRule.Of(policy).Any(rule => rule.Count > 0) ? ", and no calendar rule keeps it" : "")}";

    private static bool IsTooOld(RetentionItem item, TimeSpan? maxAge, DateTimeOffset now) => now - item.CreatedAt > maxAge;
}
