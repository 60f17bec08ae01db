using System.Diagnostics;
using Ankole.Testing;

namespace Ankole.EndToEnd.Kill;

/// <summary>
/// Random moments at which a running command gets SIGKILL, between its start and a little after its usual end. The seed is printed;
/// <c>ANKOLE_SEED</c> repeats it.
/// </summary>
internal sealed class KillMoments
{
    private readonly Random random;
    private readonly ITestOutputHelper output;
    private TimeSpan usual = TimeSpan.FromSeconds(3);

    public KillMoments(ITestOutputHelper output)
    {
        this.output = output;
        var seed = int.TryParse(Environment.GetEnvironmentVariable("ANKOLE_SEED"), out var named) ? named : Random.Shared.Next();
        output.WriteLine($"ANKOLE_SEED={seed}");
        random = new Random(seed);
    }

    public int Next(int below) => random.Next(below);

    /// <summary>How many commands were really killed; the others had ended before.</summary>
    public int Kills { get; private set; }

    /// <summary>The part of the usual duration before which nothing is killed in every second round: waiting for a lock is the same all along.</summary>
    public TimeSpan Waiting { get; init; }

    /// <summary>Runs the command to its end, which it must reach, to learn how long it takes here and now.</summary>
    public async Task<ProcessRun> MeasureAsync(params string[] arguments)
    {
        var started = Stopwatch.GetTimestamp();
        var run = await AnkoleCommand.MustAsync(arguments);
        usual = Stopwatch.GetElapsedTime(started);
        return run;
    }

    /// <returns>True when it was killed, false when it had ended before.</returns>
    public async Task<bool> RunAndKillAsync(params string[] arguments)
    {
        var started = Stopwatch.GetTimestamp();
        using var process = AnkoleCommand.Start([.. arguments, "-q"]);
        var texts = (Out: process.StandardOutput.ReadToEndAsync(), Error: process.StandardError.ReadToEndAsync());
        var isKilled = await KillAtRandomAsync(process);
        if (isKilled)
            return true;
        Assert.True(process.ExitCode == 0, $"ankole {string.Join(' ', arguments)}: exit code {process.ExitCode}\n{await texts.Out}{await texts.Error}");
        // The machine has less to do than when it was measured: what is killed next has to be killed sooner.
        if (Stopwatch.GetElapsedTime(started) is var elapsed && elapsed < usual)
            usual = elapsed;
        return false;
    }

    private async Task<bool> KillAtRandomAsync(Process process)
    {
        var moment = NextMoment();
        // One wait for all: the events of a process are not made for two that come and go at the same time, and the later one may never be told.
        var ended = process.WaitForExitAsync();
        if (await Task.WhenAny(ended, Task.Delay(moment)) == ended)
            return false;
        process.Kill();
        await ended;
        // 128 + SIGKILL: it may have ended by itself between the two lines above.
        if (process.ExitCode != 137)
            return false;
        Kills++;
        output.WriteLine($"kill {Kills} after {moment.TotalMilliseconds:0} of about {usual.TotalMilliseconds:0} ms");
        return true;
    }

    private TimeSpan NextMoment()
    {
        var from = random.Next(2) == 0 ? TimeSpan.Zero : Waiting;
        return from + ((usual - from) * random.NextDouble() * 1.05);
    }
}
