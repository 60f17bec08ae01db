namespace Ankole.Control;

/// <summary>The five fields of a cron expression.</summary>
internal sealed record CronFields(CronField Minute, CronField Hour, CronField Day, CronField Month, CronField Weekday)
{
    /// <summary>Both day fields choose, so a day that either names is meant.</summary>
    public bool EitherDay => !Day.IsStar && !Weekday.IsStar;

    /// <summary>It runs in every hour: by elapsed time rather than at a time of day.</summary>
    public bool EveryHour => Hour.Count == 24;

    /// <exception cref="FormatException">What is wrong, in words.</exception>
    public static CronFields Parse(string text)
    {
        var fields = text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        if (fields.Length != 5)
            throw new FormatException($"it has {fields.Length} fields: write five (minute hour day month weekday), or a descriptor such as @hourly.");
        return new CronFields(
            CronField.Parse(fields[0], CronBounds.Minute), CronField.Parse(fields[1], CronBounds.Hour), CronField.Parse(fields[2], CronBounds.Day),
            CronField.Parse(fields[3], CronBounds.Month), CronField.Parse(fields[4], CronBounds.Weekday));
    }
}
