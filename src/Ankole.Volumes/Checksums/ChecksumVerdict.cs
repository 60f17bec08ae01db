namespace Ankole.Volumes;

/// <summary>What hashing a snapshot's data file found.</summary>
/// <param name="Recorded">16 hex digits from the checksum file.</param>
/// <param name="Actual">16 hex digits of the bytes as they are.</param>
/// <param name="IsCurrent">The file has not been changed or copied since it was hashed; only then does a difference prove damage.</param>
/// <param name="Matches">The two are equal.</param>
public sealed record ChecksumVerdict(string Recorded, string Actual, bool IsCurrent, bool Matches);
