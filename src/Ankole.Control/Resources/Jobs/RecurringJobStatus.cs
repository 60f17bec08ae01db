using System.ComponentModel;

namespace Ankole.Control;

public sealed record RecurringJobStatus
{
    [Description("Runs begun so far.")]
    public long ExecutionCount { get; set; }

    [Description("The tick that the newest run was for.")]
    public DateTimeOffset? LastScheduleTime { get; set; }

    [Description("When a run last ended with every volume done.")]
    public DateTimeOffset? LastSuccessTime { get; set; }

    public DateTimeOffset? NextScheduleTime { get; set; }

    [Description("The cron expression and time zone that runs follow now; empty while suspended.")]
    public string Schedule { get; set; } = "";

    [Description("Since when: ticks before it are not made up for.")]
    public DateTimeOffset? ScheduleSince { get; set; }

    [Description("The newest request of a run that a run was begun for.")]
    public DateTimeOffset? RunRequestedAt { get; set; }

    [Description("The run that goes on now.")]
    public JobRun? Active { get; set; }

    [Description("The newest run that ended.")]
    public JobRun? LastRun { get; set; }

    public IReadOnlyList<Condition> Conditions { get; set; } = [];

    public long ObservedGeneration { get; set; }
}

/// <summary>One run of a job over its volumes.</summary>
public sealed record JobRun
{
    [Description("The job's execution count when it began: a run is known by it.")]
    public long Number { get; set; }

    [Description("The tick it is for; without one, when somebody asked for it.")]
    public DateTimeOffset ScheduledAt { get; set; }

    [Description("The request that it answers; empty: it is for its tick alone.")]
    public DateTimeOffset? RequestedAt { get; set; }

    public DateTimeOffset StartedAt { get; set; }

    public DateTimeOffset? FinishedAt { get; set; }

    public DateTimeOffset? HeartbeatAt { get; set; }

    public IReadOnlyList<JobVolumeRun> Volumes { get; set; } = [];
}

/// <summary>What a run did on one volume.</summary>
public sealed record JobVolumeRun
{
    public string Volume { get; set; } = "";

    [Description("Pending, Running, Succeeded, Failed or Skipped.")]
    public string Phase { get; set; } = "";

    public string Snapshot { get; set; } = "";

    public string Backup { get; set; } = "";

    [Description("Why it failed or was skipped; of a filesystem-trim, what it freed.")]
    public string Message { get; set; } = "";

    public DateTimeOffset? FinishedAt { get; set; }

    public int Attempts { get; set; }
}
