namespace Ankole.Server;

/// <summary>A span of time as <c>kubectl</c> shows ages: two units while the first is small, then one (<c>75s</c>, <c>4m30s</c>, <c>25m</c>, <c>3h5m</c>, <c>2d3h</c>, <c>40d</c>, <c>2y10d</c>).</summary>
internal static class Age
{
    public static string Text(TimeSpan age)
    {
        var seconds = (long)Math.Max(0, age.TotalSeconds);
        var (minutes, hours, days, years) = (seconds / 60, seconds / 3600, seconds / 86400, seconds / (86400 * 365));
        return (minutes, hours, days, years) switch
        {
            ( < 2, _, _, _) => $"{seconds}s",
            ( < 10, _, _, _) => Two(minutes, "m", seconds % 60, "s"),
            ( < 180, _, _, _) => $"{minutes}m",
            (_, < 8, _, _) => Two(hours, "h", minutes % 60, "m"),
            (_, < 48, _, _) => $"{hours}h",
            (_, _, < 8, _) => Two(days, "d", hours % 24, "h"),
            (_, _, < 365 * 2, _) => $"{days}d",
            (_, _, _, < 8) => Two(years, "y", days % 365, "d"),
            _ => $"{years}y",
        };
    }

    private static string Two(long first, string unit, long second, string smaller) => second == 0 ? $"{first}{unit}" : $"{first}{unit}{second}{smaller}";
}
