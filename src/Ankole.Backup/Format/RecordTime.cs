using System.Globalization;

namespace Ankole.Backup;

/// <summary>Times in records: RFC 3339 in UTC with whole seconds (<c>2026-11-22T22:24:30Z</c>); empty is "unset".</summary>
public static class RecordTime
{
    public static string Format(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    /// <summary>Null for an unset or unreadable time. Fractions of seconds and other zones are understood.</summary>
    public static DateTimeOffset? Parse(string text) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time)
            ? time
            : null;
}
