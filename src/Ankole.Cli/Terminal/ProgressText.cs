using System.Globalization;
using Ankole.Core;

namespace Ankole.Cli;

/// <summary>The words of a progress line.</summary>
internal static class ProgressText
{
    /// <example><c>backup: reading 512 MiB of 2 GiB (25 %), 310 MiB/s, 0:05 left</c></example>
    public static string Line(string operation, OperationProgress progress, double bytesPerSecond, TimeSpan elapsed)
    {
        var activity = string.IsNullOrEmpty(progress.Activity) ? "starting" : progress.Activity;
        if (progress.BytesTotal <= 0)
            return $"{operation}: {activity}, {Clock(elapsed)} so far";
        var percent = (int)(100.0 * progress.BytesDone / progress.BytesTotal);
        var line = $"{operation}: {activity} {ByteSize.Format(progress.BytesDone)} of {ByteSize.Format(progress.BytesTotal)} ({percent} %)";
        if (bytesPerSecond < 1)
            return progress.BytesDone >= progress.BytesTotal ? line : $"{line}, waiting, {Clock(elapsed)} so far";
        var left = TimeSpan.FromSeconds((progress.BytesTotal - progress.BytesDone) / bytesPerSecond);
        return $"{line}, {ByteSize.Format((long)bytesPerSecond)}/s, {Clock(left)} left";
    }

    public static string Fit(string line, int width) => line.Length < width ? line : line[..(width - 1)];

    /// <summary><c>0:05</c>, <c>12:34</c>, <c>1:02:03</c>.</summary>
    public static string Clock(TimeSpan span) =>
        span.TotalHours >= 1
            ? string.Create(CultureInfo.InvariantCulture, $"{(long)span.TotalHours}:{span.Minutes:00}:{span.Seconds:00}")
            : string.Create(CultureInfo.InvariantCulture, $"{span.Minutes}:{span.Seconds:00}");
}
