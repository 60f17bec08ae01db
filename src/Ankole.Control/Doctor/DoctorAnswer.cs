namespace Ankole.Control;

/// <summary>An examination, and a repair where one was asked for, as they are told over the API.</summary>
public sealed record DoctorAnswer
{
    /// <summary>Nothing needs to be done.</summary>
    public bool IsHealthy { get; set; }

    /// <summary>Worst first.</summary>
    public IReadOnlyList<DoctorFinding> Findings { get; set; } = [];

    /// <summary>What was made again.</summary>
    public IReadOnlyList<string> Repaired { get; set; } = [];

    /// <summary>What could not be, with the reason.</summary>
    public IReadOnlyList<string> Failed { get; set; } = [];

    public static DoctorAnswer Of(DoctorReport report, DoctorRepair? repair) => new()
    {
        IsHealthy = report.IsHealthy, Findings = report.Findings, Repaired = repair?.Repaired ?? [], Failed = repair?.Failed ?? [],
    };

    /// <summary>For people.</summary>
    public void Write(TextWriter writer)
    {
        if (Findings.Count == 0)
            writer.WriteLine("Replica directories, backup targets and resources agree.");
        foreach (var finding in Findings)
        {
            writer.WriteLine($"{finding.Severity.ToString().ToLowerInvariant(),-8} {finding.Subject}: {finding.Problem}");
            writer.WriteLine($"         {(finding.CanRepair ? "repair: " : "")}{finding.Fix}");
        }
        foreach (var repaired in Repaired)
            writer.WriteLine($"repaired {repaired}");
        foreach (var failed in Failed)
            writer.WriteLine($"failed   {failed}");
    }
}
