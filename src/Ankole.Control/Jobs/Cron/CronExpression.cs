using System.Diagnostics.CodeAnalysis;
using Ankole.Core;
using Calendar = Cronos.CronExpression;

namespace Ankole.Control;

/// <summary>
/// When a job runs: five fields (minute, hour, day of month, month, day of week), a descriptor (<c>@hourly</c> …) or <c>@every 1h30m</c>.
/// </summary>
/// <remarks>
/// Accepted is what Longhorn accepts (robfig/cron v1.2.0, <c>ParseStandard</c>; a star with a range and a field of only commas are refused,
/// they are typing mistakes), and it fires as the Kubernetes CronJob controller fires it (robfig/cron v3): with both day fields restricted either
/// one suffices, and a step restricts. Cronos does the calendar; it knows neither of these rules, so it is given plain lists of numbers.
/// </remarks>
public sealed partial class CronExpression
{
    private readonly TimeSpan? interval;
    private readonly Calendar[] calendars;

    private CronExpression(string text, TimeSpan interval)
    {
        Text = text;
        this.interval = interval;
        calendars = [];
        Fields = null;
    }

    private CronExpression(string text, CronFields fields)
    {
        Text = text;
        Fields = fields;
        var time = $"{fields.Minute} {fields.Hour}";
        calendars = fields.EitherDay
            ? [Calendar.Parse($"{time} {fields.Day} {fields.Month} *"), Calendar.Parse($"{time} * {fields.Month} {fields.Weekday}")]
            : [Calendar.Parse($"{time} {fields.Day} {fields.Month} {fields.Weekday}")];
    }

    /// <summary>As it was written.</summary>
    public string Text { get; }

    /// <summary>Null for <c>@every</c>.</summary>
    internal CronFields? Fields { get; }

    /// <summary>Of <c>@every</c>: the time between two runs, in whole seconds. Null for everything else.</summary>
    public TimeSpan? Interval => interval;

    /// <exception cref="InvalidInputException">It is no cron expression; the message says why.</exception>
    public static CronExpression Parse(string text) =>
        TryParse(text, out var expression, out var error) ? expression : throw new InvalidInputException(error);

    /// <param name="error">What is wrong and what to write, as one sentence that begins with <c>invalid cron format(TEXT)</c>.</param>
    public static bool TryParse(string text, [NotNullWhen(true)] out CronExpression? expression, [NotNullWhen(false)] out string? error)
    {
        (expression, error) = (null, null);
        try
        {
            expression = text is ['@', ..] ? ParseDescriptor(text) : new CronExpression(text, CronFields.Parse(text));
            return true;
        }
        catch (FormatException e)
        {
            error = $"invalid cron format({text}): {e.Message}";
            return false;
        }
    }

    public override string ToString() => Text;

    private static CronExpression ParseDescriptor(string text)
    {
        const string every = "@every ";
        if (!text.StartsWith(every, StringComparison.Ordinal))
            return new CronExpression(text, CronFields.Parse(FieldsOf(text)));
        if (!GoDuration.TryParse(text[every.Length..], out var interval))
            throw new FormatException($"'{text[every.Length..]}' is no duration: write hours, minutes and seconds such as @every 1h30m.");
        if (interval < TimeSpan.FromSeconds(1))
            throw new FormatException("less than a second lies between two runs: write @every 1m or longer.");
        return new CronExpression(text, TimeSpan.FromSeconds(Math.Floor(interval.TotalSeconds)));
    }

    private static string FieldsOf(string descriptor) => descriptor switch
    {
        "@yearly" or "@annually" => "0 0 1 1 *",
        "@monthly" => "0 0 1 * *",
        "@weekly" => "0 0 * * 0",
        "@daily" or "@midnight" => "0 0 * * *",
        "@hourly" => "0 * * * *",
        _ => throw new FormatException(
            $"'{descriptor}' is unknown: write @yearly, @monthly, @weekly, @daily, @hourly or @every DURATION."),
    };
}
