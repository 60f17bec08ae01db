using System.Globalization;

namespace Ankole.Cli.Resources;

/// <summary>How long ago, short: <c>45s</c>, <c>12m</c>, <c>5h30m</c>, <c>3d4h</c>, <c>200d</c>; a time to come as <c>in 5m</c>.</summary>
internal static class AgeText
{
    public static string Of(DateTimeOffset? moment, DateTimeOffset now)
    {
        if (moment is not { } at)
            return "";
        var age = now - at;
        // Times are stored to the second, so a moment of this second may seem to lie ahead.
        return age < TimeSpan.FromSeconds(-1) ? "in " + Of(age.Negate()) : Of(age < TimeSpan.Zero ? TimeSpan.Zero : age);
    }

    public static string Of(TimeSpan span) => span switch
    {
        { TotalMinutes: < 2 } => Text($"{(long)span.TotalSeconds}s"),
        { TotalMinutes: < 10 } when span.Seconds > 0 => Text($"{span.Minutes}m{span.Seconds}s"),
        { TotalHours: < 3 } => Text($"{(long)span.TotalMinutes}m"),
        { TotalHours: < 8 } when span.Minutes > 0 => Text($"{span.Hours}h{span.Minutes}m"),
        { TotalDays: < 2 } => Text($"{(long)span.TotalHours}h"),
        { TotalDays: < 8 } when span.Hours > 0 => Text($"{span.Days}d{span.Hours}h"),
        _ => Text($"{(long)span.TotalDays}d"),
    };

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
