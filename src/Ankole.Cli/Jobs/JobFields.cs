using System.CommandLine;
using Ankole.Control;

namespace Ankole.Cli.Jobs;

/// <summary>A job's fields as options.</summary>
internal sealed class JobFields
{
    private readonly Option<string?> task = new("--task") { Description = "What it does.", HelpName = "TASK" };
    private readonly Option<string?> cron = new("--cron") { Description = "When: five fields (minute hour day month weekday), @daily, or @every 1h30m.", HelpName = "CRON" };
    private readonly Option<int> retain = new("--retain") { Description = "How many of its snapshots or backups each volume keeps, at least (default: 1).", HelpName = "N" };
    private readonly Option<int> keepDaily = Keep("daily", "days");
    private readonly Option<int> keepWeekly = Keep("weekly", "weeks");
    private readonly Option<int> keepMonthly = Keep("monthly", "months");
    private readonly Option<int> keepYearly = Keep("yearly", "years");
    private readonly Option<string?> maxAge = new("--max-age") { Description = "What is older goes, except the newest --retain ones: a duration, as 720h.", HelpName = "DURATION" };
    private readonly Option<string?> timeZone = new("--time-zone") { Description = "The zone of the schedule, as Europe/Berlin (default: UTC).", HelpName = "ZONE" };
    private readonly Option<int> concurrency = new("--concurrency") { Description = "How many volumes it works on at once (default: 10).", HelpName = "N" };
    private readonly Option<string[]> groups = new("--group") { Description = "A group it belongs to; 'default' reaches every volume that names no job. May be given several times.", HelpName = "GROUP" };
    private readonly Option<string[]> labels = new("--label") { Description = "Put on every snapshot and backup it makes; may be given several times.", HelpName = "KEY=VALUE" };
    private readonly Option<int> fullBackupInterval = new("--full-backup-interval") { Description = "Every Nth run sends every block again.", HelpName = "N" };

    /// <param name="isComplete">True: what it does and when must be said.</param>
    public JobFields(bool isComplete)
    {
        task.CompletionSources.Add([.. JobTask.All]);
        task.Required = isComplete;
        cron.Required = isComplete;
    }

    public void AddTo(Command command)
    {
        Option[] all = [task, cron, retain, keepDaily, keepWeekly, keepMonthly, keepYearly, maxAge, timeZone, concurrency, groups, labels, fullBackupInterval];
        foreach (var option in all)
            command.Options.Add(option);
    }

    public RecurringJobSpec Read(ParseResult parse) => new()
    {
        Task = parse.GetValue(task) ?? "", Cron = parse.GetValue(cron) ?? "", Retain = parse.GetValue(retain), KeepDaily = parse.GetValue(keepDaily),
        KeepWeekly = parse.GetValue(keepWeekly), KeepMonthly = parse.GetValue(keepMonthly), KeepYearly = parse.GetValue(keepYearly), MaxAge = parse.GetValue(maxAge) ?? "",
        TimeZone = parse.GetValue(timeZone) ?? "", Concurrency = parse.GetValue(concurrency), Groups = parse.GetValue(groups) ?? [],
        Labels = LabelOption.Parse(parse.GetValue(labels) ?? []) ?? [],
        Parameters = parse.GetValue(fullBackupInterval) is > 0 and var interval ? new Dictionary<string, string> { ["full-backup-interval"] = interval.ToString() } : [],
    };

    private static Option<int> Keep(string rule, string periods) => new($"--keep-{rule}") { Description = $"In addition the newest of each of this many {periods}.", HelpName = "N" };
}
