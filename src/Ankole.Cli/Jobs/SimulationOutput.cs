using Ankole.Control;

namespace Ankole.Cli.Jobs;

/// <param name="Kept">What is there at the end, newest first.</param>
internal sealed record SimulationOutput(string Task, string Schedule, IReadOnlyList<SimulatedDayOutput> Days, IReadOnlyList<SimulatedItemOutput> Kept)
{
    public static SimulationOutput Of(RecurringJobSpec job, IEnumerable<SimulatedDay> days)
    {
        var shown = new List<SimulatedDayOutput>();
        IReadOnlyList<RetentionDecision> kept = [];
        foreach (var day in days)
        {
            kept = day.Kept;
            shown.Add(new SimulatedDayOutput(
                day.Day.ToString("yyyy-MM-dd"), [.. day.Created.Select(item => item.Name)],
                [.. day.Deleted.Select(decision => new SimulatedItemOutput(decision.Item.Name, decision.Reason))], kept.Count));
        }
        return new SimulationOutput(job.Task, ScheduleText.Of(job), shown, [.. kept.Select(decision => new SimulatedItemOutput(decision.Item.Name, decision.Reason))]);
    }
}

internal sealed record SimulatedDayOutput(string Day, IReadOnlyList<string> Created, IReadOnlyList<SimulatedItemOutput> Deleted, int KeptCount);

/// <param name="Reason">The rule that keeps it, or why none does.</param>
internal sealed record SimulatedItemOutput(string Name, string Reason);
