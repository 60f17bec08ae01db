using Ankole.Control;

namespace Ankole.Server.Web.Jobs;

/// <summary>A recurring job while it is being written.</summary>
public sealed class JobForm
{
    public string Name { get; set; } = "";

    public RecurringJobSpec Spec { get; set; } = new() { Task = JobTask.Backup, Cron = "0 2 * * *", Retain = 7 };

    /// <summary>Groups as one text, separated by commas.</summary>
    public string Groups
    {
        get => string.Join(", ", Spec.Groups.Where(group => group != DefaultGroup));
        set => Spec = Spec with { Groups = [.. value.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries), .. IsDefault ? (string[])[DefaultGroup] : []] };
    }

    /// <summary>True: also for volumes that name no job and no group.</summary>
    public bool IsDefault
    {
        get => Spec.Groups.Contains(DefaultGroup);
        set => Spec = Spec with { Groups = [.. Spec.Groups.Where(group => group != DefaultGroup), .. value ? (string[])[DefaultGroup] : []] };
    }

    public bool HasCalendar => Spec.KeepDaily + Spec.KeepWeekly + Spec.KeepMonthly + Spec.KeepYearly > 0 || Spec.MaxAge.Length > 0;

    private const string DefaultGroup = "default";

    public static JobForm Of(RecurringJobResource job) => new() { Name = job.Name, Spec = job.Spec };

    /// <summary>A copy of another under a new name.</summary>
    public static JobForm New(IEnumerable<string> taken) => new() { Name = Enumerable.Range(1, int.MaxValue).Select(i => i == 1 ? "backup" : $"backup-{i}").First(name => !taken.Contains(name)) };
}
