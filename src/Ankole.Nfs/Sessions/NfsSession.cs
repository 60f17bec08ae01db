namespace Ankole.Nfs;

/// <summary>A session that the server has agreed to (RFC 8881, section 2.10). Once dead it stays dead; a new one takes its place.</summary>
internal sealed class NfsSession(SessionId id, ChannelAttributes fore, int slots, TimeProvider time)
{
    private int isDead;
    private long renewed;

    public SessionId Id { get; } = id;

    public ChannelAttributes Fore { get; } = fore;

    public SlotTable Slots { get; } = new(slots, time);

    public bool IsDead => Volatile.Read(ref isDead) != 0;

    /// <summary>Time stamp of the last SEQUENCE that succeeded: each renews the lease (RFC 8881, section 8.3).</summary>
    public long Renewed => Volatile.Read(ref renewed);

    public void MarkRenewed(long timestamp) => Volatile.Write(ref renewed, timestamp);

    /// <returns>True for the caller who found it alive.</returns>
    public bool MarkDead() => Interlocked.Exchange(ref isDead, 1) == 0;
}
