namespace Ankole.Cli.Jobs;

/// <summary>A simulation for people: a row for each day, then what is left and why.</summary>
internal static class SimulationText
{
    /// <summary>Deleted ones named in one row; more are counted.</summary>
    private const int MaxNames = 3;

    public static void Write(TextWriter writer, SimulationOutput simulation)
    {
        writer.WriteLine($"{simulation.Task} {simulation.Schedule}");
        TextTable.Write(writer, ["DAY", "MADE", "KEPT", "DELETED"], [.. simulation.Days.Select(day => (IReadOnlyList<string>)
            [day.Day, day.Created.Count.ToString(), day.KeptCount.ToString(), Listed(day.Deleted)])]);
        writer.WriteLine(simulation.Kept.Count == 0 ? "Nothing would be kept." : "Kept at the end:");
        foreach (var item in simulation.Kept)
            writer.WriteLine($"  {item.Name}  {item.Reason}");
    }

    private static string Listed(IReadOnlyList<SimulatedItemOutput> deleted) =>
        string.Join(", ", deleted.Take(MaxNames).Select(item => item.Name)) + (deleted.Count > MaxNames ? $" and {deleted.Count - MaxNames} more" : "");
}
