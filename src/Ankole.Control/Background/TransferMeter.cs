using Ankole.Core;

namespace Ankole.Control;

/// <summary>Takes the reports of something that moves bytes and tells how far and how fast it is.</summary>
/// <remarks>Reports may come from many threads at once, in any order.</remarks>
internal sealed class TransferMeter(TimeProvider time) : IProgress<OperationProgress>
{
    /// <summary>How much of a rate is the last sample's: settles within some ten seconds.</summary>
    private const double Smoothing = 0.3;

    private readonly Lock gate = new();
    private readonly DateTimeOffset startedAt = time.GetUtcNow();
    private OperationProgress latest;
    private DateTimeOffset movedAt = time.GetUtcNow();
    private DateTimeOffset sampledAt = time.GetUtcNow();
    private long sampledBytes;
    private double rate;

    public void Report(OperationProgress value)
    {
        lock (gate)
        {
            // Reports of parallel parts overtake each other; bytes of one activity only grow.
            if (value.Activity == latest.Activity && value.BytesTotal == latest.BytesTotal && value.BytesDone < latest.BytesDone)
                return;
            if (value != latest)
                movedAt = time.GetUtcNow();
            latest = value;
        }
    }

    /// <summary>Says that the work lives although it has no bytes to show.</summary>
    public void Beat()
    {
        lock (gate)
            movedAt = time.GetUtcNow();
    }

    public TimeSpan SinceMoved
    {
        get
        {
            lock (gate)
                return time.GetUtcNow() - movedAt;
        }
    }

    public TimeSpan SinceStarted => time.GetUtcNow() - startedAt;

    /// <summary>Called about once a second by whoever supervises the work.</summary>
    public void Sample()
    {
        lock (gate)
        {
            var now = time.GetUtcNow();
            var elapsed = (now - sampledAt).TotalSeconds;
            if (elapsed <= 0)
                return;
            var moved = Math.Max(0, latest.BytesDone - sampledBytes);
            rate = (Smoothing * moved / elapsed) + ((1 - Smoothing) * rate);
            (sampledAt, sampledBytes) = (now, latest.BytesDone);
        }
    }

    public TransferStatus ToStatus()
    {
        lock (gate)
            return new TransferStatus
            {
                Activity = latest.Activity ?? "", BytesDone = latest.BytesDone, BytesTotal = latest.BytesTotal, BytesPerSecond = (long)rate,
                Progress = latest.BytesTotal <= 0 ? 0 : (int)Math.Clamp(latest.BytesDone * 100.0 / latest.BytesTotal, 0, 100),
                StartedAt = startedAt, HeartbeatAt = movedAt,
            };
    }
}
