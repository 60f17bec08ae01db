using System.Collections.Immutable;
using System.Globalization;
using System.Numerics;

namespace Ankole.Control;

/// <summary>The values that one field of a cron expression names.</summary>
/// <param name="Bits">Bit n is set when value n is named.</param>
/// <param name="IsStar">
/// It names everything by <c>*</c> or <c>?</c> without a step. A starred day field leaves the choice of days to the other one; a step is a choice.
/// </param>
internal readonly record struct CronField(ulong Bits, bool IsStar)
{
    public int Count => BitOperations.PopCount(Bits);

    public bool Has(int value) => (Bits >> value & 1) != 0;

    public IEnumerable<int> Values
    {
        get
        {
            for (var rest = Bits; rest != 0; rest &= rest - 1)
                yield return BitOperations.TrailingZeroCount(rest);
        }
    }

    public override string ToString() => string.Join(',', Values);

    /// <summary>
    /// One field by the grammar of robfig/cron v1.2.0, <c>getField</c>: a list of <c>*</c>, <c>?</c>, <c>N</c>, <c>N-M</c>, each with an optional
    /// <c>/STEP</c>; <c>N/STEP</c> goes on to the greatest value.
    /// </summary>
    /// <exception cref="FormatException">What is wrong, in words.</exception>
    public static CronField Parse(string text, CronBounds bounds)
    {
        var bits = 0UL;
        var star = false;
        foreach (var item in text.Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            var range = ParseRange(item, bounds, out var isStar);
            bits |= range;
            star |= isStar;
        }
        return bits != 0 ? new CronField(bits, star) : throw new FormatException($"the {bounds.Name} '{text}' names nothing: write a number, or * for all.");
    }

    private static ulong ParseRange(string item, CronBounds bounds, out bool isStar)
    {
        var parts = item.Split('/');
        if (parts.Length > 2)
            throw new FormatException($"the {bounds.Name} '{item}' has more than one '/'.");
        var ends = parts[0].Split('-');
        if (ends.Length > 2)
            throw new FormatException($"the {bounds.Name} '{item}' has more than one '-'.");

        var all = parts[0] is "*" or "?";
        var start = all ? bounds.Minimum : ParseValue(ends[0], item, bounds);
        var step = parts.Length == 2 ? ParseNumber(parts[1], item, bounds) : 1;
        var end = all || (ends.Length == 1 && parts.Length == 2) ? bounds.Maximum : ParseValue(ends[^1], item, bounds);
        isStar = all && step == 1;
        if (step == 0)
            throw new FormatException($"the {bounds.Name} '{item}' has a step of 0: write 1 or more.");
        if (start > end)
            throw new FormatException($"the {bounds.Name} '{item}' begins after its end.");

        var bits = 0UL;
        for (var value = (long)start; value <= end; value += step)
            bits |= 1UL << (int)value;
        return bits;
    }

    private static int ParseValue(string text, string item, CronBounds bounds)
    {
        var named = bounds.Names.IndexOf(text.ToLowerInvariant());
        var value = named >= 0 ? named + bounds.Minimum : ParseNumber(text, item, bounds);
        return value >= bounds.Minimum && value <= bounds.Maximum
            ? value
            : throw new FormatException($"the {bounds.Name} '{item}' is out of range: it goes from {bounds.Minimum} to {bounds.Maximum}.");
    }

    private static int ParseNumber(string text, string item, CronBounds bounds) =>
        int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) && value >= 0
            ? value
            : throw new FormatException($"the {bounds.Name} '{item}' holds '{text}', which is no number{(bounds.Names.Length > 0 ? " or name" : "")}.");
}

/// <summary>What one field may hold.</summary>
/// <param name="Names">In lower case, from the least value on; empty: only numbers.</param>
internal sealed record CronBounds(string Name, int Minimum, int Maximum, ImmutableArray<string> Names)
{
    public static CronBounds Minute { get; } = new("minute", 0, 59, []);
    public static CronBounds Hour { get; } = new("hour", 0, 23, []);
    public static CronBounds Day { get; } = new("day of month", 1, 31, []);
    public static CronBounds Month { get; } = new("month", 1, 12, ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]);

    /// <summary>Sunday is 0, and only 0.</summary>
    public static CronBounds Weekday { get; } = new("day of week", 0, 6, ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]);
}
