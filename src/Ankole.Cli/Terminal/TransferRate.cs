namespace Ankole.Cli;

/// <summary>Bytes per second over the last few seconds, so that a stall shows as one and a burst does not promise too much.</summary>
internal sealed class TransferRate(TimeProvider time)
{
    /// <summary>Five seconds: long enough to be calm, short enough to show a stall while somebody looks.</summary>
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(5);

    private readonly Queue<(long Timestamp, long Bytes)> samples = new();

    public double BytesPerSecond { get; private set; }

    public void Observe(long bytesDone)
    {
        var now = time.GetTimestamp();
        samples.Enqueue((now, bytesDone));
        while (samples.Count > 2 && time.GetElapsedTime(samples.Peek().Timestamp, now) > Window)
            samples.Dequeue();
        var (since, before) = samples.Peek();
        var seconds = time.GetElapsedTime(since, now).TotalSeconds;
        BytesPerSecond = seconds > 0 ? Math.Max(0, (bytesDone - before) / seconds) : 0;
    }
}
