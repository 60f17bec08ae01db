namespace Ankole.Backup;

/// <summary>One step of a target's test.</summary>
/// <param name="Name">Short and stable, for people and for programs: "name resolution", "write" …</param>
/// <param name="Detail">What was found; on failure the likely cause and the fix.</param>
public sealed record ProbeStep(string Name, ProbeResult Result, string Detail, TimeSpan Elapsed);
