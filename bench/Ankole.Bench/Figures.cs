namespace Ankole.Bench;

/// <summary>The figures of several rounds; a machine with neighbours is judged by pairs of the same round.</summary>
internal static class Figures
{
    public static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return sorted.Length % 2 == 1 ? sorted[sorted.Length / 2] : (sorted[(sorted.Length / 2) - 1] + sorted[sorted.Length / 2]) / 2;
    }

    public static void Print(string what, IReadOnlyList<double> ours, string limit, IReadOnlyList<double> limits, string unit, string goal)
    {
        var ratios = ours.Zip(limits, (own, other) => own / other).ToArray();
        Console.WriteLine($"{what}: {Range(ours, unit)}");
        Console.WriteLine($"  {limit}: {Range(limits, unit)}");
        Console.WriteLine($"  ratio, median of pairs: {Median(ratios):0.00} (from {ratios.Min():0.00} to {ratios.Max():0.00}); goal {goal}");
    }

    private static string Range(IReadOnlyList<double> values, string unit) =>
        $"{Median(values):0.#} {unit} (from {values.Min():0.#} to {values.Max():0.#})";
}
