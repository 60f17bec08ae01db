namespace Ankole.Control;

/// <content>In plain words.</content>
public sealed partial class CronExpression
{
    private static readonly string[] Weekdays = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

    private static readonly string[] Months =
        ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];

    /// <summary>More times of day than this are described by their minutes and hours.</summary>
    private const int MaxTimesListed = 4;

    /// <summary>For people: <c>every 5 minutes</c>, <c>at 02:00 every Monday</c>.</summary>
    public string Describe()
    {
        if (Fields is null)
            return "every " + DescribeInterval(interval!.Value);
        var time = DescribeTime(Fields);
        var days = DescribeDays(Fields);
        var months = Fields.Month.Count == 12 ? "" : " in " + Series(Fields.Month.Values.Select(month => Months[month - 1]).ToList());
        if (days.Length == 0 && !time.StartsWith("every ", StringComparison.Ordinal) && !Fields.EveryHour)
            days = " every day";
        return time + days + months;
    }

    private static string DescribeInterval(TimeSpan interval)
    {
        var parts = new List<string>();
        AddPart(parts, (long)Math.Floor(interval.TotalHours), "hour");
        AddPart(parts, interval.Minutes, "minute");
        AddPart(parts, interval.Seconds, "second");
        return parts is [['1', ' ', .. var unit]] ? unit : Series(parts);
    }

    private static void AddPart(List<string> parts, long count, string unit)
    {
        if (count > 0)
            parts.Add($"{count} {unit}{(count == 1 ? "" : "s")}");
    }

    private static string DescribeTime(CronFields fields)
    {
        var minutes = fields.Minute.Values.ToList();
        var hours = fields.Hour.Values.ToList();
        if (fields.EveryHour)
        {
            return StepOf(minutes, 60) switch
            {
                1 => "every minute",
                60 => minutes[0] == 0 ? "every hour" : $"every hour at minute {minutes[0]}",
                { } step => $"every {step} minutes",
                null => $"every hour at minutes {Series(minutes)}",
            };
        }
        if (minutes is [0] && hours.Count > 1 && StepOf(hours, 24) is { } hourStep)
            return $"every {hourStep} hours";
        if (minutes.Count * hours.Count <= MaxTimesListed)
            return "at " + Series(hours.SelectMany(hour => minutes.Select(minute => $"{hour:00}:{minute:00}")).ToList());
        var part = StepOf(minutes, 60) switch
        {
            1 => "every minute",
            60 => $"at minute {minutes[0]}",
            { } step => $"every {step} minutes",
            null => $"at minutes {Series(minutes)}",
        };
        return $"{part} of {DescribeHours(hours)}";
    }

    private static string DescribeHours(List<int> hours) =>
        hours.Count > 2 && hours[^1] - hours[0] == hours.Count - 1
            ? $"hours {hours[0]} to {hours[^1]}"
            : $"{(hours.Count == 1 ? "hour" : "hours")} {Series(hours)}";

    private static string DescribeDays(CronFields fields)
    {
        var weekdays = fields.Weekday.Count == 7 ? "" : " every " + DescribeWeekdays(fields.Weekday.Values.ToList());
        var days = fields.Day.Count == 31 ? "" : $" on {(fields.Day.Count == 1 ? "day" : "days")} {Series(fields.Day.Values.ToList())} of the month";
        if (days.Length == 0 || weekdays.Length == 0)
            return fields.EitherDay ? " every day" : days + weekdays;
        return fields.EitherDay ? $"{days} and{weekdays}" : $"{days} if it is{weekdays}";
    }

    private static string DescribeWeekdays(List<int> days) =>
        days.Count > 2 && days[^1] - days[0] == days.Count - 1
            ? $"{Weekdays[days[0]]} to {Weekdays[days[^1]]}"
            : Series(days.Select(day => Weekdays[day]).ToList());

    /// <summary>The pause between values that come round evenly from a multiple of it (a single value: the whole round); null when they do not.</summary>
    private static int? StepOf(List<int> values, int round)
    {
        if (values.Count == 1)
            return round;
        var step = values[1] - values[0];
        return values[0] == 0 && round % step == 0 && values.Count == round / step && values.Zip(values.Skip(1)).All(pair => pair.Second - pair.First == step)
            ? step
            : null;
    }

    private static string Series<T>(IReadOnlyList<T> items) =>
        items.Count < 2 ? $"{items[0]}" : $"{string.Join(", ", items.Take(items.Count - 1))} and {items[^1]}";
}
