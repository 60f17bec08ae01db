using Ankole.Control;

namespace Ankole.Server.Web.Jobs;

/// <summary>What a cron line means, or what is wrong with it.</summary>
/// <param name="Next">In the job's time zone.</param>
internal sealed record CronPreview(string Words, IReadOnlyList<DateTimeOffset> Next, string? Error)
{
    private const int Runs = 5;

    public static CronPreview Empty { get; } = new("", [], null);

    public static CronPreview Of(string cron, string timeZone, DateTimeOffset now)
    {
        if (cron.Trim().Length == 0)
            return new CronPreview("", [], "Write when it runs: minute, hour, day of month, month, day of week.");
        if (!CronExpression.TryParse(cron, out var expression, out var error))
            return new CronPreview("", [], error);
        if (!CronZone.TryFind(timeZone, out var zone))
            return new CronPreview("", [], CronZone.Unknown(timeZone));
        var next = new List<DateTimeOffset>(Runs);
        for (var run = expression.NextOccurrence(now, zone); run is { } at && next.Count < Runs; run = expression.NextOccurrence(at, zone))
            next.Add(TimeZoneInfo.ConvertTime(at, zone));
        return new CronPreview(Sentence(expression.Describe()), next, next.Count == 0 ? "No day is like that: it would never run." : null);
    }

    /// <summary>In words; a line that is none as it is.</summary>
    public static string InWords(string cron) => CronExpression.TryParse(cron, out var expression, out _) ? Sentence(expression.Describe()) : cron;

    private static string Sentence(string words) => words.Length == 0 ? words : char.ToUpperInvariant(words[0]) + words[1..];
}
