using System.Diagnostics.CodeAnalysis;

namespace Ankole.Control;

/// <summary>The time zone of a job: an IANA name, by default UTC.</summary>
public static class CronZone
{
    /// <param name="name">Empty: UTC.</param>
    public static bool TryFind(string name, [NotNullWhen(true)] out TimeZoneInfo? zone)
    {
        zone = name.Length == 0 ? TimeZoneInfo.Utc : null;
        return zone is not null || (!name.Equals("local", StringComparison.OrdinalIgnoreCase) && TimeZoneInfo.TryFindSystemTimeZoneById(name, out zone));
    }

    /// <exception cref="Core.InvalidInputException">There is no such zone on this machine.</exception>
    public static TimeZoneInfo Find(string name) => TryFind(name, out var zone) ? zone : throw new Core.InvalidInputException(Unknown(name));

    public static string Unknown(string name) =>
        $"'{name}' is no time zone that this machine knows: write an IANA name such as Europe/Berlin (they come with the system's tzdata), or leave it empty for UTC.";
}
