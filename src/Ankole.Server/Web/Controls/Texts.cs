using System.Globalization;

namespace Ankole.Server.Web.Controls;

/// <summary>Times, durations and sizes as people say them. Times are UTC, and say so.</summary>
public static class Texts
{
    /// <summary>"3 minutes ago", "in 2 hours", "just now".</summary>
    public static string Ago(DateTimeOffset at, DateTimeOffset now)
    {
        var passed = now - at;
        return passed.Duration() < TimeSpan.FromSeconds(10) ? "just now"
            : passed > TimeSpan.Zero ? $"{About(passed)} ago"
            : $"in {About(passed.Negate())}";
    }

    /// <summary>One unit: "40 seconds", "5 minutes", "3 days".</summary>
    public static string About(TimeSpan time) => time switch
    {
        { TotalSeconds: < 90 } => Count((long)Math.Round(time.TotalSeconds), "second"),
        { TotalMinutes: < 90 } => Count((long)Math.Round(time.TotalMinutes), "minute"),
        { TotalHours: < 36 } => Count((long)Math.Round(time.TotalHours), "hour"),
        { TotalDays: < 60 } => Count((long)Math.Round(time.TotalDays), "day"),
        { TotalDays: < 730 } => Count((long)Math.Round(time.TotalDays / 30.4), "month"),
        _ => Count((long)Math.Round(time.TotalDays / 365.25), "year"),
    };

    /// <summary>As exact as its length deserves: "0.8 s", "42 s", "3 min 10 s", "2 h 5 min".</summary>
    public static string Duration(TimeSpan time) => time switch
    {
        { TotalSeconds: < 10 } => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.0} s"),
        { TotalMinutes: < 1 } => $"{time.Seconds} s",
        { TotalHours: < 1 } => $"{time.Minutes} min {time.Seconds} s",
        _ => $"{(long)time.TotalHours} h {time.Minutes} min",
    };

    public static string Moment(DateTimeOffset at) => at.UtcDateTime.ToString("ddd d MMM yyyy, HH:mm:ss 'UTC'", CultureInfo.InvariantCulture);

    public static string Day(DateTimeOffset at) => at.UtcDateTime.ToString("ddd d MMM", CultureInfo.InvariantCulture);

    public static string Bytes(long bytes) => Core.ByteSize.Format(bytes);

    public static string Bytes(string bytes) => Core.ByteSize.TryParse(bytes, out var count) ? Core.ByteSize.Format(count) : "–";

    public static string Count(long count, string what) => count == 1 ? $"1 {what}" : string.Create(CultureInfo.InvariantCulture, $"{count:N0} {what}s");
}
