using System.Globalization;

namespace Ankole.Server.Web.Jobs;

/// <summary>A schedule as a person picks it, and the cron line that says the same.</summary>
public sealed record Schedule
{
    public const string Minutes = "minutes", Hours = "hours", Daily = "daily", Weekly = "weekly", Monthly = "monthly", Cron = "cron";

    private static readonly int[] MinuteSteps = [1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30];
    private static readonly int[] HourSteps = [1, 2, 3, 4, 6, 8, 12];

    /// <summary>Which of the above.</summary>
    public string Mode { get; init; } = Daily;

    /// <summary>Every so many minutes or hours.</summary>
    public int Every { get; init; } = 15;

    public int Minute { get; init; }

    public int Hour { get; init; } = 2;

    /// <summary>0 is Sunday.</summary>
    public IReadOnlyList<int> Weekdays { get; init; } = [1];

    public int DayOfMonth { get; init; } = 1;

    /// <summary>Only in mode <see cref="Cron"/>.</summary>
    public string Text { get; init; } = "";

    /// <summary>Steps that come out even: a job every 7 minutes would run at :56 and again at :00.</summary>
    public static IReadOnlyList<int> StepsOf(string mode) => mode == Minutes ? MinuteSteps : HourSteps;

    public string ToCron() => Mode switch
    {
        Minutes => Every == 1 ? "* * * * *" : $"*/{Every} * * * *",
        Hours => Every == 1 ? $"{Minute} * * * *" : $"{Minute} */{Every} * * *",
        Daily => $"{Minute} {Hour} * * *",
        Weekly => $"{Minute} {Hour} * * {string.Join(',', Weekdays.Order())}",
        Monthly => $"{Minute} {Hour} {DayOfMonth} * *",
        _ => Text,
    };

    /// <summary>The pick that says what <paramref name="cron"/> says; where there is none, the line itself.</summary>
    public static Schedule Of(string cron)
    {
        var raw = new Schedule { Mode = Cron, Text = cron };
        var fields = cron.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (fields.Length != 5 || fields[3] != "*")
            return raw;
        var picked = (fields[0], fields[1], fields[2], fields[4]) switch
        {
            ("*", "*", "*", "*") => new Schedule { Mode = Minutes, Every = 1 },
            (var minute, "*", "*", "*") when Step(minute) is { } step && MinuteSteps.Contains(step) => new Schedule { Mode = Minutes, Every = step },
            (var minute, "*", "*", "*") when Number(minute) is { } at => new Schedule { Mode = Hours, Every = 1, Minute = at },
            (var minute, var hour, "*", "*") when Number(minute) is { } at && Step(hour) is { } step && HourSteps.Contains(step) => new Schedule { Mode = Hours, Every = step, Minute = at },
            (var minute, var hour, "*", "*") when Number(minute) is { } at && Number(hour) is { } h => new Schedule { Mode = Daily, Minute = at, Hour = h },
            (var minute, var hour, "*", var days) when Number(minute) is { } at && Number(hour) is { } h && Days(days) is { } list => new Schedule { Mode = Weekly, Minute = at, Hour = h, Weekdays = list },
            (var minute, var hour, var day, "*") when Number(minute) is { } at && Number(hour) is { } h && Number(day) is { } d => new Schedule { Mode = Monthly, Minute = at, Hour = h, DayOfMonth = d },
            _ => raw,
        };
        return picked.ToCron() == string.Join(' ', fields) ? picked : raw;
    }

    private static int? Number(string field) => int.TryParse(field, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    private static int? Step(string field) => field.StartsWith("*/", StringComparison.Ordinal) ? Number(field[2..]) : null;

    private static List<int>? Days(string field)
    {
        var days = field.Split(',').Select(Number).ToList();
        return days.TrueForAll(day => day is >= 0 and <= 6) ? [.. days.Select(day => day!.Value)] : null;
    }
}
