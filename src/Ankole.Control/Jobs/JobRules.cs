namespace Ankole.Control;

/// <summary>Rules that a RecurringJob and an entry of a volume's own list share.</summary>
internal static class JobRules
{
    /// <summary>Keys that the system itself writes into snapshots and backups.</summary>
    private static readonly string[] ReservedLabels = ["KubernetesStatus", "ranchervm-base-image", SystemNames.RecurringJobLabel];

    public static void CheckCron(string cron, string field, List<FieldError> errors)
    {
        if (cron.Length == 0)
            errors.Add(new FieldError(field, null, "a cron expression is needed, such as \"0 2 * * *\" (every day at 02:00).", FieldErrorKind.Required));
        else if (!CronExpression.TryParse(cron, out _, out var error))
            errors.Add(new FieldError(field, cron, error));
    }

    public static void CheckLabels(IReadOnlyDictionary<string, string> labels, string field, List<FieldError> errors)
    {
        MetadataRules.CheckLabels(labels, field, allowEmptyValue: false, errors);
        foreach (var reserved in ReservedLabels.Where(labels.ContainsKey))
            errors.Add(new FieldError($"{field}[{reserved}]", labels[reserved], $"the label '{reserved}' is the system's own: choose another key.", FieldErrorKind.Forbidden));
    }
}
