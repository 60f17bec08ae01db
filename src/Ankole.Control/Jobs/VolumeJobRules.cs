namespace Ankole.Control;

/// <summary>What a volume's own list of jobs may hold (the Backup Concepts page).</summary>
public static class VolumeJobRules
{
    public const int MaxNameLength = 8;

    /// <summary>How many snapshots and backups all jobs of one list may retain together.</summary>
    public const int MaxRetainTogether = 50;

    /// <summary>Adds every mistake of the list to <paramref name="errors"/>; of a volume its field is <c>spec.recurringJobs</c>.</summary>
    public static void Check(IReadOnlyList<VolumeRecurringJob> jobs, string field, List<FieldError> errors)
    {
        var names = new HashSet<string>();
        for (var index = 0; index < jobs.Count; index++)
        {
            var at = $"{field}[{index}]";
            CheckOne(jobs[index], at, errors);
            if (!names.Add(jobs[index].Name))
                errors.Add(new FieldError($"{at}.name", jobs[index].Name, $"a job '{jobs[index].Name}' is in the list already: give each its own name.", FieldErrorKind.Duplicate));
        }
        var together = jobs.Sum(job => (long)Math.Max(0, job.Retain));
        if (together > MaxRetainTogether)
            errors.Add(new FieldError(field, together.ToString(), $"its jobs retain {together} together, at most {MaxRetainTogether} are allowed: lower some."));
    }

    private static void CheckOne(VolumeRecurringJob job, string at, List<FieldError> errors)
    {
        if (job.Name.Length == 0)
            errors.Add(new FieldError($"{at}.name", null, "a name is needed.", FieldErrorKind.Required));
        else if (job.Name.Length > MaxNameLength)
            errors.Add(new FieldError($"{at}.name", job.Name, $"'{job.Name}' is {job.Name.Length} characters long, at most {MaxNameLength} are allowed."));
        else if (!MetadataRules.IsName(job.Name))
            errors.Add(new FieldError($"{at}.name", job.Name, $"'{job.Name}' is no name: use lower-case letters, digits, '-' and '.', beginning and ending with a letter or digit."));

        if (job.Task.Length == 0)
            errors.Add(new FieldError($"{at}.task", null, "a task is needed: snapshot or backup.", FieldErrorKind.Required));
        else if (job.Task is not (JobTask.Snapshot or JobTask.Backup))
            errors.Add(new FieldError($"{at}.task", job.Task, $"'{job.Task}' is neither snapshot nor backup; make a RecurringJob for other tasks.", FieldErrorKind.NotSupported));

        JobRules.CheckCron(job.Cron, $"{at}.cron", errors);
        if (job.Retain < 1)
            errors.Add(new FieldError($"{at}.retain", job.Retain.ToString(), $"{job.Retain} is too few: retain 1 or more."));
        JobRules.CheckLabels(job.Labels, $"{at}.labels", errors);
    }
}
