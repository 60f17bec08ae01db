using System.Globalization;

namespace Ankole.Control;

/// <summary>One calendar rule: the newest of each of the last <see cref="Count"/> periods that have one.</summary>
/// <param name="Period">day, week, month, year.</param>
/// <param name="KeyOf">The period that a local time belongs to, as people write it.</param>
internal sealed record RetentionRule(string Period, int Count, Func<DateTime, string> KeyOf)
{
    public static IReadOnlyList<RetentionRule> Of(RetentionPolicy policy) =>
    [
        new("day", policy.KeepDaily, local => local.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)),
        new("week", policy.KeepWeekly, local => $"{ISOWeek.GetYear(local):0000}-W{ISOWeek.GetWeekOfYear(local):00}"),
        new("month", policy.KeepMonthly, local => local.ToString("yyyy-MM", CultureInfo.InvariantCulture)),
        new("year", policy.KeepYearly, local => local.ToString("yyyy", CultureInfo.InvariantCulture)),
    ];
}
