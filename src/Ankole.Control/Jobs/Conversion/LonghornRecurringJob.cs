using System.Text.Json.Nodes;

namespace Ankole.Control;

/// <summary>Our jobs as <c>longhorn.io/v1beta2</c> RecurringJobs: a manifest written for Longhorn is applied as it is.</summary>
public sealed class LonghornRecurringJob : KindAlias
{
    public override string ApiVersion => $"{LonghornConversion.Group}/{LonghornConversion.Version}";

    public override string Kind => "RecurringJob";

    public override string Plural => "recurringjobs";

    public override IReadOnlyList<string> ShortNames { get; } = ["lhrj"];

    public override string Namespace => "longhorn-system";

    public override ResourceKind Target => Kinds.RecurringJob;

    public override IReadOnlyList<PrinterColumn> Columns { get; } =
    [
        new("Groups", ".spec.groups"), new("Task", ".spec.task"), new("Cron", ".spec.cron"), new("Retain", ".spec.retain", "integer"),
        new("Concurrency", ".spec.concurrency", "integer"), new("Age", ".metadata.creationTimestamp", "date"), new("Labels", ".spec.labels"),
    ];

    public override JsonObject Show(Resource resource) => LonghornConversion.ToLonghorn((RecurringJobResource)resource, Namespace);

    public override Resource Read(JsonObject json) => LonghornConversion.FromLonghorn(json);
}
