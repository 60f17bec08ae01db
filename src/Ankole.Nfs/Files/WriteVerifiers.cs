namespace Ankole.Nfs;

/// <summary>The verifiers of a file's UNSTABLE writes (RFC 8881, section 18.32.3). Used by several writes at a time.</summary>
internal sealed class WriteVerifiers
{
    private readonly Lock gate = new();
    private ulong? first;
    private bool differ;

    public void Note(WriteResult written)
    {
        if (written.Stable != StableHow.Unstable)
            return; // on stable storage already
        lock (gate)
        {
            first ??= written.Verifier;
            differ |= first != written.Verifier;
        }
    }

    /// <summary>True when the server that committed is, without a restart, the one that took every write.</summary>
    public bool AllMatch(ulong commitVerifier)
    {
        lock (gate)
            return !differ && (first ?? commitVerifier) == commitVerifier;
    }
}
