namespace Ankole.Nfs;

/// <summary>What was agreed with the server.</summary>
/// <param name="Implementation">What it calls itself; empty where it does not.</param>
/// <param name="ReadBytes">Of one READ.</param>
/// <param name="WriteBytes">Of one WRITE.</param>
/// <param name="MaxInFlight">Requests.</param>
public sealed record NfsServerInfo(string Implementation, TimeSpan Lease, int ReadBytes, int WriteBytes, int MaxInFlight, int MaxOperations);
