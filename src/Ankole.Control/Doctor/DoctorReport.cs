using System.Text.Json.Serialization;

namespace Ankole.Control;

/// <summary>What an examination found, worst first.</summary>
public sealed record DoctorReport(IReadOnlyList<DoctorFinding> Findings)
{
    public bool IsHealthy => Findings.All(finding => finding.Severity == DoctorSeverity.Note);
}

[JsonConverter(typeof(JsonStringEnumConverter<DoctorSeverity>))]
public enum DoctorSeverity
{
    /// <summary>Data cannot be reached now.</summary>
    Problem,

    /// <summary>Something is missing that can be made again from what is there.</summary>
    Lost,

    /// <summary>Worth knowing; nothing needs to be done.</summary>
    Note,
}

/// <summary>One thing that is not as it should be.</summary>
/// <param name="Code">For programs, in CamelCase.</param>
/// <param name="Subject">What it is about: <c>replica directory 'data-1a2b3c4d'</c>.</param>
/// <param name="Problem">A sentence.</param>
/// <param name="Fix">What to do; what <c>repair</c> would do where <paramref name="CanRepair"/>.</param>
/// <param name="CanRepair">The doctor can mend it without risk to data: it only makes resources that are missing.</param>
public sealed record DoctorFinding(DoctorSeverity Severity, string Code, string Subject, string Problem, string Fix, bool CanRepair)
{
    internal Func<CancellationToken, Task>? Repair { get; init; }
}

/// <param name="Repaired">What was made again.</param>
/// <param name="Failed">What could not be, with the reason.</param>
public sealed record DoctorRepair(IReadOnlyList<string> Repaired, IReadOnlyList<string> Failed);
