using System.Text.RegularExpressions;

namespace Ankole.Control;

/// <summary>
/// Rules of RecurringJobs. Numbers that Longhorn corrects are corrected alike (retain, concurrency); everything else that is wrong is refused.
/// </summary>
/// <remarks>Longhorn shortens a name that is too long; here it is refused, since the API has answered to that name by then.</remarks>
public sealed partial class RecurringJobAdmission : IKindAdmission
{
    public const int MaxNameLength = 40;
    public const int DefaultConcurrency = 10;

    /// <summary>For each calendar rule of a backup job: nobody needs more, and it bounds what one volume can pile up.</summary>
    private const int MaxCalendarKeep = 1000;

    public ResourceKind Kind => Kinds.RecurringJob;

    public async ValueTask<Resource> AdmitAsync(
        Resource resource, Resource? old, List<FieldError> errors, IResourceStore store, CancellationToken cancellationToken)
    {
        var job = Complete((RecurringJobResource)resource);
        if (old is RecurringJobResource before && ListedJob.VolumeOf(before) is { } volume && !ListedJob.IsAs(before.Spec, job.Spec))
            errors.Add(new FieldError("spec", null, FromListOf(volume), FieldErrorKind.Forbidden));
        CheckName(job, old is null, errors);
        CheckTask(job.Spec, errors);
        JobRules.CheckCron(job.Spec.Cron, "spec.cron", errors);
        if (!CronZone.TryFind(job.Spec.TimeZone, out _))
            errors.Add(new FieldError("spec.timeZone", job.Spec.TimeZone, CronZone.Unknown(job.Spec.TimeZone)));
        foreach (var group in job.Spec.Groups.Where(group => !GroupName().IsMatch(group) || !MetadataRules.IsQualifiedName(group)))
            errors.Add(new FieldError("spec.groups", group, $"'{group}' is no group name: write at least two letters, digits, '-', '_' or '.', beginning and ending with a letter or digit."));
        if (job.Spec.Concurrency < 0)
            errors.Add(new FieldError("spec.concurrency", job.Spec.Concurrency.ToString(), $"{job.Spec.Concurrency} is negative: write how many volumes one run works on at once."));
        var most = await store.ReadIntegerAsync(SettingCatalog.RecurringJobMaxRetention, cancellationToken);
        CheckRetention(job.Spec, most, errors);
        JobRules.CheckLabels(job.Spec.Labels, "spec.labels", errors);
        foreach (var name in job.Spec.RunVolumes.Where(name => !MetadataRules.IsName(name)))
            errors.Add(new FieldError("spec.runVolumes", name, $"'{name}' is no volume's name."));
        if (JobTask.IsBackup(job.Spec.Task))
            CheckParameters(job.Spec.Parameters, errors);
        return job;
    }

    public ValueTask AdmitDeletionAsync(Resource resource, List<FieldError> errors, IResourceStore store, CancellationToken cancellationToken)
    {
        if (ListedJob.VolumeOf((RecurringJobResource)resource) is { } volume)
            errors.Add(new FieldError("metadata.name", resource.Name, FromListOf(volume), FieldErrorKind.Forbidden));
        return ValueTask.CompletedTask;
    }

    private static RecurringJobResource Complete(RecurringJobResource job) => job with
    {
        Metadata = ListedJob.Hold(job),
        Spec = job.Spec with
        {
            Groups = [.. job.Spec.Groups.Distinct()],
            Concurrency = job.Spec.Concurrency == 0 ? DefaultConcurrency : job.Spec.Concurrency,
            Retain = job.Spec.Task switch
            {
                JobTask.SnapshotCleanup or JobTask.FilesystemTrim => 0,
                JobTask.SnapshotDelete => Math.Max(0, job.Spec.Retain),
                _ => Math.Max(1, job.Spec.Retain),
            },
        },
    };

    private static void CheckName(RecurringJobResource job, bool isNew, List<FieldError> errors)
    {
        if (isNew && job.Name.Length > 0 && (job.Name.Length is < 2 or > MaxNameLength))
            errors.Add(new FieldError("metadata.name", job.Name, $"'{job.Name}' is {job.Name.Length} characters long: a job's name has 2 to {MaxNameLength}."));
        if (isNew && job.Metadata.GenerateName?.Length > MaxNameLength - 5 && job.Name.Length == 0)
            errors.Add(new FieldError("metadata.generateName", job.Metadata.GenerateName, $"it is longer than {MaxNameLength - 5} characters: a job's name has at most {MaxNameLength}."));
    }

    private static void CheckTask(RecurringJobSpec job, List<FieldError> errors)
    {
        if (job.Task.Length == 0)
            errors.Add(new FieldError("spec.task", null, $"a task is needed: {string.Join(", ", JobTask.All)}.", FieldErrorKind.Required));
        else if (!JobTask.All.Contains(job.Task))
            errors.Add(new FieldError("spec.task", job.Task, $"'{job.Task}' is not one of {string.Join(", ", JobTask.All)}.", FieldErrorKind.NotSupported));
    }

    private static void CheckRetention(RecurringJobSpec job, long most, List<FieldError> errors)
    {
        if (job.Retain > most)
            errors.Add(new FieldError("spec.retain", job.Retain.ToString(), $"{job.Retain} is more than {most}, what the setting {SettingCatalog.RecurringJobMaxRetention.Name} allows."));
        (string Field, int Value)[] rules =
            [("keepDaily", job.KeepDaily), ("keepWeekly", job.KeepWeekly), ("keepMonthly", job.KeepMonthly), ("keepYearly", job.KeepYearly)];
        foreach (var (field, value) in rules.Where(rule => rule.Value is < 0 or > MaxCalendarKeep))
            errors.Add(new FieldError($"spec.{field}", value.ToString(), $"{value} is no whole number from 0 to {MaxCalendarKeep}."));

        var byCalendar = rules.Sum(rule => (long)Math.Max(0, rule.Value));
        if (byCalendar > 0 && !JobTask.MakesSnapshot(job.Task))
            errors.Add(new FieldError("spec.keepDaily", null, $"a job of task '{job.Task}' makes nothing that calendar rules could keep: leave keepDaily, keepWeekly, keepMonthly and keepYearly out.", FieldErrorKind.Forbidden));
        else if (!JobTask.IsBackup(job.Task) && job.Retain + byCalendar > most)
            errors.Add(new FieldError("spec.retain", job.Retain.ToString(), $"with the calendar rules up to {job.Retain + byCalendar} snapshots would stay on each volume, more than {most}, what the setting {SettingCatalog.RecurringJobMaxRetention.Name} allows."));
        CheckMaxAge(job.MaxAge, byCalendar > 0, errors);
    }

    private static void CheckMaxAge(string maxAge, bool hasCalendarRule, List<FieldError> errors)
    {
        if (maxAge.Length == 0)
            return;
        if (!GoDuration.TryParse(maxAge, out var age) || age <= TimeSpan.Zero)
            errors.Add(new FieldError("spec.maxAge", maxAge, $"'{maxAge}' is no duration above zero: write hours such as 720h (30 days)."));
        else if (!hasCalendarRule)
            errors.Add(new FieldError("spec.maxAge", maxAge, "it limits what calendar rules keep, and there is none: write keepDaily, keepWeekly, keepMonthly or keepYearly too, or leave it out.", FieldErrorKind.Forbidden));
    }

    private static void CheckParameters(IReadOnlyDictionary<string, string> parameters, List<FieldError> errors)
    {
        foreach (var (key, value) in parameters)
        {
            if (key == JobParameters.FullBackupInterval && !(int.TryParse(value, out var interval) && interval >= 0))
                errors.Add(new FieldError($"spec.parameters[{key}]", value, $"'{value}' is no whole number from 0 on: write every how manyth run sends everything, or 0 for none."));
            else if (key == JobParameters.VolumeBackupPolicy && value is not ("always" or "if-not-present" or "disabled"))
                errors.Add(new FieldError($"spec.parameters[{key}]", value, $"'{value}' is not one of always, if-not-present, disabled.", FieldErrorKind.NotSupported));
            else if (key is not (JobParameters.FullBackupInterval or JobParameters.VolumeBackupPolicy))
                errors.Add(new FieldError($"spec.parameters[{key}]", value, $"the parameter '{key}' is unknown: a backup job has {JobParameters.FullBackupInterval}.", FieldErrorKind.NotSupported));
        }
    }

    private static string FromListOf(string volume) => $"the job comes from spec.recurringJobs of volume '{volume}': change it there.";

    [GeneratedRegex(@"\A[a-zA-Z0-9][a-zA-Z0-9_.-]+\z")]
    private static partial Regex GroupName();
}
