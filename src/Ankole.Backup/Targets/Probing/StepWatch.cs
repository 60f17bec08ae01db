using Ankole.Core;

namespace Ankole.Backup;

/// <summary>Times the steps of a probe and turns their failures into results.</summary>
internal sealed class StepWatch(TimeProvider time)
{
    private long since = time.GetTimestamp();

    /// <summary>A step that took the time since the one before.</summary>
    public ProbeStep Step(string name, ProbeResult result, string detail)
    {
        var now = time.GetTimestamp();
        var elapsed = time.GetElapsedTime(since, now);
        since = now;
        return new ProbeStep(name, result, detail, elapsed);
    }

    /// <param name="run">Returns what was found, or throws what went wrong.</param>
    public async ValueTask<ProbeStep> RunAsync(string name, Func<ValueTask<string>> run)
    {
        since = time.GetTimestamp();
        try
        {
            return Step(name, ProbeResult.Passed, await run());
        }
        catch (AnkoleException e)
        {
            return Step(name, ProbeResult.Failed, e.Message);
        }
    }
}
