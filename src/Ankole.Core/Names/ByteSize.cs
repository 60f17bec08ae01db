using System.Globalization;

namespace Ankole.Core;

/// <summary>Sizes as people write them: plain bytes, or a Kubernetes quantity suffix (<c>Ki Mi Gi Ti Pi Ei</c>, <c>k M G T P E</c>).</summary>
public static class ByteSize
{
    private static readonly (string Suffix, long Factor)[] Suffixes =
    [
        ("Ki", 1L << 10), ("Mi", 1L << 20), ("Gi", 1L << 30), ("Ti", 1L << 40), ("Pi", 1L << 50), ("Ei", 1L << 60),
        ("k", 1_000), ("M", 1_000_000), ("G", 1_000_000_000), ("T", 1_000_000_000_000), ("P", 1_000_000_000_000_000), ("E", 1_000_000_000_000_000_000),
    ];

    /// <summary>Accepts a number of at least 0, a fraction too where the result is whole bytes (<c>1.5Gi</c>).</summary>
    public static bool TryParse(string? text, out long bytes)
    {
        bytes = 0;
        if (string.IsNullOrWhiteSpace(text))
            return false;
        var (number, factor) = Split(text.Trim());
        if (!decimal.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value))
            return false;
        if (value > long.MaxValue / factor)
            return false;
        var product = value * factor;
        if (product != decimal.Truncate(product))
            return false;
        bytes = (long)product;
        return true;
    }

    /// <exception cref="InvalidInputException">The text is no size.</exception>
    public static long Parse(string text) => TryParse(text, out var bytes)
        ? bytes
        : throw new InvalidInputException($"'{text}' is not a size. Write plain bytes or a suffix: 10485760, 20Mi, 10Gi.");

    /// <summary>For people: <c>20 MiB</c>, <c>1.5 GiB</c>, <c>700 B</c>.</summary>
    public static string Format(long bytes)
    {
        string[] units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
        double value = bytes;
        var unit = 0;
        while (Math.Abs(value) >= 1024 && unit < units.Length - 1)
        {
            value /= 1024;
            unit++;
        }
        return string.Create(CultureInfo.InvariantCulture, $"{value:0.##} {units[unit]}");
    }

    private static (string Number, long Factor) Split(string text)
    {
        foreach (var (suffix, factor) in Suffixes)
            if (text.EndsWith(suffix, StringComparison.Ordinal))
                return (text[..^suffix.Length], factor);
        return (text, 1);
    }
}
