namespace Ankole.Nfs;

/// <summary>WRITE's answer (RFC 8881, section 18.32).</summary>
/// <param name="Verifier">Changes when the server may have lost what it had not committed.</param>
internal readonly record struct WriteResult(uint Count, StableHow Stable, ulong Verifier);
