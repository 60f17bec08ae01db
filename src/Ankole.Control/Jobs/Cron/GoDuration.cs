using System.Buffers;
using System.Globalization;
using System.Text;

namespace Ankole.Control;

/// <summary>Durations as Go writes them (<c>time.ParseDuration</c>): <c>1h30m</c>, <c>300ms</c>, <c>-1.5h</c>, <c>0</c>. There is no unit above the hour.</summary>
public static class GoDuration
{
    private static readonly SearchValues<char> Digits = SearchValues.Create("0123456789.");

    /// <summary>What is below 100 ns is dropped; beyond Go's 292 years it is no duration.</summary>
    public static bool TryParse(string text, out TimeSpan duration)
    {
        duration = TimeSpan.Zero;
        var rest = text.AsSpan();
        var negative = rest is ['-', ..];
        if (rest is ['-' or '+', ..])
            rest = rest[1..];
        if (rest is "0")
            return true;
        if (rest.IsEmpty)
            return false;

        decimal nanoseconds = 0;
        while (!rest.IsEmpty)
        {
            var digits = rest.IndexOfAnyExcept(Digits);
            if (digits <= 0 || !TryReadNumber(rest[..digits], out var number))
                return false;
            rest = rest[digits..];
            var end = rest.IndexOfAny(Digits);
            if (NanosecondsIn(end < 0 ? rest : rest[..end]) is not { } unit)
                return false;
            if (number > long.MaxValue / unit || (nanoseconds += number * unit) > long.MaxValue)
                return false;
            rest = end < 0 ? [] : rest[end..];
        }
        var ticks = (long)(nanoseconds / 100);
        duration = TimeSpan.FromTicks(negative ? -ticks : ticks);
        return true;
    }

    /// <exception cref="Core.InvalidInputException">It is no duration.</exception>
    public static TimeSpan Parse(string text) => TryParse(text, out var duration)
        ? duration
        : throw new Core.InvalidInputException($"'{text}' is no duration: write hours, minutes and seconds such as 1h30m or 45s.");

    /// <summary>As Go prints it: <c>5m0s</c>, <c>1h30m0s</c>, <c>1.5s</c>, <c>250ms</c>, <c>0s</c>.</summary>
    public static string Format(TimeSpan duration)
    {
        var text = new StringBuilder(duration < TimeSpan.Zero ? "-" : "");
        var ticks = Math.Abs((decimal)duration.Ticks);
        if (ticks == 0)
            return "0s";
        if (ticks < TimeSpan.TicksPerMillisecond)
            return text.Append(Number(ticks / TimeSpan.TicksPerMicrosecond)).Append("µs").ToString();
        if (ticks < TimeSpan.TicksPerSecond)
            return text.Append(Number(ticks / TimeSpan.TicksPerMillisecond)).Append("ms").ToString();
        var hours = decimal.Truncate(ticks / TimeSpan.TicksPerHour);
        var minutes = decimal.Truncate(ticks % TimeSpan.TicksPerHour / TimeSpan.TicksPerMinute);
        if (hours > 0)
            text.Append(hours).Append('h');
        if (hours > 0 || minutes > 0)
            text.Append(minutes).Append('m');
        return text.Append(Number(ticks % TimeSpan.TicksPerMinute / TimeSpan.TicksPerSecond)).Append('s').ToString();
    }

    private static string Number(decimal value) => value.ToString("0.#######", CultureInfo.InvariantCulture);

    /// <summary>Digits with at most one point, and at least one digit.</summary>
    private static bool TryReadNumber(ReadOnlySpan<char> text, out decimal number)
    {
        number = 0;
        return text is not "." && text.Count('.') <= 1 &&
               decimal.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out number);
    }

    private static decimal? NanosecondsIn(ReadOnlySpan<char> unit) => unit switch
    {
        "ns" => 1,
        "us" or "µs" or "μs" => 1_000,
        "ms" => 1_000_000,
        "s" => 1_000_000_000,
        "m" => 60_000_000_000,
        "h" => 3_600_000_000_000,
        _ => null,
    };
}
