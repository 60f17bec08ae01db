using Ankole.Core;

namespace Ankole.Cli;

/// <summary>
/// Shows how far an operation is: bytes, rate and time left. On a terminal one line that redraws itself a few times a second, elsewhere a plain
/// line every ten seconds, so that a log tells a stalled run from a slow one.
/// </summary>
internal sealed class ProgressReport : IProgress<OperationProgress>, IAsyncDisposable
{
    private static readonly TimeSpan LiveInterval = TimeSpan.FromMilliseconds(250), PlainInterval = TimeSpan.FromSeconds(10);

    private readonly Lock drawing = new();
    private readonly TextWriter writer;
    private readonly bool isLive;
    private readonly string operation;
    private readonly TimeProvider time;
    private readonly long startedAt;
    private readonly TransferRate rate;
    private readonly ITimer timer;
    private OperationProgress latest;
    private bool drew, ended;

    public ProgressReport(TextWriter writer, bool isLive, string operation, TimeProvider time)
    {
        this.writer = writer;
        this.isLive = isLive;
        this.operation = operation;
        this.time = time;
        startedAt = time.GetTimestamp();
        rate = new TransferRate(time);
        var interval = isLive ? LiveInterval : PlainInterval;
        timer = time.CreateTimer(_ => Draw(), null, interval, interval);
    }

    public void Report(OperationProgress value)
    {
        lock (drawing)
            latest = value;
    }

    public async ValueTask DisposeAsync()
    {
        await timer.DisposeAsync();
        lock (drawing)
        {
            ended = true;
            if (isLive && drew)
                writer.Write("\r\u001b[K");
        }
    }

    private void Draw()
    {
        lock (drawing)
        {
            if (ended)
                return;
            rate.Observe(latest.BytesDone);
            var line = ProgressText.Line(operation, latest, rate.BytesPerSecond, time.GetElapsedTime(startedAt));
            drew = true;
            if (isLive)
                writer.Write($"\r{ProgressText.Fit(line, TerminalWidth())}\u001b[K");
            else
                writer.WriteLine(line);
        }
    }

    private static int TerminalWidth()
    {
        try
        {
            return Math.Max(40, Console.WindowWidth);
        }
        catch (IOException)
        {
            return 80;
        }
    }
}
