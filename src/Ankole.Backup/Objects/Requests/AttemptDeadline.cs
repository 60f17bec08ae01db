namespace Ankole.Backup;

/// <summary>When one attempt must be over, its body included: a socket that stalls in the middle ends here.</summary>
internal sealed class AttemptDeadline : IDisposable
{
    private readonly CancellationTokenSource limit, either;
    private readonly CancellationToken caller;
    private readonly ObjectStoreOptions options;
    private readonly long started;

    /// <param name="bytes">What is to be sent; the time for it comes on top.</param>
    public AttemptDeadline(ObjectStoreOptions options, long bytes, CancellationToken caller)
    {
        this.options = options;
        this.caller = caller;
        started = options.Time.GetTimestamp();
        Allowed = options.AttemptTimeout + TimeFor(bytes);
        limit = new CancellationTokenSource(Allowed, options.Time);
        either = CancellationTokenSource.CreateLinkedTokenSource(caller, limit.Token);
    }

    public CancellationToken Token => either.Token;

    public TimeSpan Allowed { get; private set; }

    /// <summary>True when time ran out, false when the caller cancelled or nothing happened yet.</summary>
    public bool HasPassed => limit.IsCancellationRequested && !caller.IsCancellationRequested;

    /// <summary>The body that is coming has this many bytes.</summary>
    public void AllowBytes(long bytes) => Allow(TimeFor(bytes));

    /// <summary>Time that went by without the server's doing.</summary>
    public void Allow(TimeSpan more)
    {
        if (more <= TimeSpan.Zero)
            return;
        Allowed += more;
        var left = Allowed - options.Time.GetElapsedTime(started);
        limit.CancelAfter(left > TimeSpan.Zero ? left : TimeSpan.Zero);
    }

    public void Dispose()
    {
        either.Dispose();
        limit.Dispose();
    }

    private TimeSpan TimeFor(long bytes) => TimeSpan.FromSeconds((double)bytes / options.SlowestBytesPerSecond);
}
