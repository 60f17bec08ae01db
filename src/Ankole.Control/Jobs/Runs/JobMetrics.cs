using System.Diagnostics.Metrics;

namespace Ankole.Control;

/// <summary>What jobs do, as instruments of the meter <c>Ankole</c>.</summary>
internal static class JobMetrics
{
    private static readonly Meter Meter = new("Ankole");

    private static readonly Counter<long> Volumes = Meter.CreateCounter<long>(
        "ankole_job_volume_runs", description: "Volumes that runs of jobs have worked on, by job, task and result (succeeded, failed, skipped).");

    private static readonly Histogram<double> StartDelay = Meter.CreateHistogram<double>(
        "ankole_job_start_delay_seconds", "s", "How long after its tick a run began; a run that catches up counts too.");

    public static void RunBegan(TimeSpan delay) => StartDelay.Record(Math.Max(0, delay.TotalSeconds));

    public static void RunEnded(string job, string task, int succeeded, int failed, int skipped)
    {
        Add(succeeded, job, task, "succeeded");
        Add(failed, job, task, "failed");
        Add(skipped, job, task, "skipped");
    }

    private static void Add(int count, string job, string task, string result)
    {
        if (count > 0)
            Volumes.Add(count, new("job", job), new("task", task), new("result", result));
    }
}
