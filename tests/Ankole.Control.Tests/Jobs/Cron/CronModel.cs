using System.Globalization;

namespace Ankole.Control.Tests.Jobs.Cron;

/// <summary>A cron expression of numbers, read a second time and differently: each field is the plain list of what it names.</summary>
internal sealed record CronModel(HashSet<int> Minutes, HashSet<int> Hours, HashSet<int> Days, HashSet<int> Months, HashSet<int> Weekdays, bool EitherDay)
{
    public bool EveryHour => Hours.Count == 24;

    public static CronModel Parse(string text)
    {
        var fields = text.Split(' ');
        return new CronModel(
            Read(fields[0], 0, 59), Read(fields[1], 0, 23), Read(fields[2], 1, 31), Read(fields[3], 1, 12), Read(fields[4], 0, 6),
            EitherDay: fields[2] is not ("*" or "*/1") && fields[4] is not ("*" or "*/1"));
    }

    public bool Names(DateTime local)
    {
        var (day, weekday) = (Days.Contains(local.Day), Weekdays.Contains((int)local.DayOfWeek));
        return Minutes.Contains(local.Minute) && Hours.Contains(local.Hour) && Months.Contains(local.Month) && (EitherDay ? day || weekday : day && weekday);
    }

    private static HashSet<int> Read(string field, int minimum, int maximum)
    {
        var values = new HashSet<int>();
        foreach (var item in field.Split(','))
        {
            var parts = item.Split('/');
            var range = parts[0] == "*" ? [minimum, maximum] : parts[0].Split('-').Select(part => int.Parse(part, CultureInfo.InvariantCulture)).ToArray();
            var last = range.Length == 2 ? range[1] : parts.Length == 2 ? maximum : range[0];
            var step = parts.Length == 2 ? int.Parse(parts[1], CultureInfo.InvariantCulture) : 1;
            values.UnionWith(Enumerable.Range(range[0], last - range[0] + 1).Where(value => (value - range[0]) % step == 0));
        }
        return values;
    }
}
