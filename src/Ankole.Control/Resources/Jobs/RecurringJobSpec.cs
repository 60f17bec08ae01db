using System.ComponentModel;

namespace Ankole.Control;

public sealed record RecurringJobSpec
{
    [Description("Volumes labelled recurring-job-group.ankole.io/GROUP=enabled get the job; group default goes to volumes that name no job and no group.")]
    public IReadOnlyList<string> Groups { get; set; } = [];

    [Description("snapshot, snapshot-force-create, snapshot-cleanup, snapshot-delete, backup, backup-force-create, filesystem-trim")]
    public string Task { get; set; } = "";

    [Description("Five fields (minute hour day month weekday), @hourly …, or @every 1h30m.")]
    public string Cron { get; set; } = "";

    [Description("An IANA time zone (Europe/Berlin); by default UTC.")]
    public string TimeZone { get; set; } = "";

    [Description("How many snapshots or backups of this job each volume keeps, at least.")]
    public int Retain { get; set; }

    [Description("In addition the newest of each of this many days.")]
    public int KeepDaily { get; set; }

    [Description("In addition the newest of each of this many weeks (ISO 8601).")]
    public int KeepWeekly { get; set; }

    [Description("In addition the newest of each of this many months.")]
    public int KeepMonthly { get; set; }

    [Description("In addition the newest of each of this many years.")]
    public int KeepYearly { get; set; }

    [Description("Older than this is not kept by retain's surplus or the calendar rules (a duration such as 720h); the newest retain ones always stay.")]
    public string MaxAge { get; set; } = "";

    [Description("How many volumes one run works on at once; 0 is 10.")]
    public int Concurrency { get; set; }

    [Description("Put on every snapshot and backup it makes.")]
    public IReadOnlyDictionary<string, string> Labels { get; set; } = new Dictionary<string, string>();

    [Description("full-backup-interval: every Nth run sends everything.")]
    public IReadOnlyDictionary<string, string> Parameters { get; set; } = new Dictionary<string, string>();

    [Description("True: no runs until it is false again.")]
    public bool Suspend { get; set; }

    [Description("A new time here asks for one run now, beside the schedule and suspended or not. One that is older than the job asks for nothing.")]
    public DateTimeOffset? RunRequestedAt { get; set; }

    [Description("Of the run that is asked for: these volumes alone; empty: all that the job applies to.")]
    public IReadOnlyList<string> RunVolumes { get; set; } = [];
}
