using System.ComponentModel;
using System.Text.Json.Serialization;

namespace Ankole.Control;

/// <summary>A task repeated by cron on the volumes that name it or one of its groups, with how many results to retain.</summary>
[Description("A task repeated by cron on the volumes that name it or one of its groups, with how many results to retain.")]
public sealed record RecurringJobResource : Resource
{
    [JsonPropertyOrder(-3)]
    public override string ApiVersion { get; set; } = ApiGroup.AnkoleVersion;

    [JsonPropertyOrder(-2)]
    public override string Kind { get; set; } = "RecurringJob";

    [JsonPropertyOrder(1)]
    public RecurringJobSpec Spec { get; set; } = new();

    [JsonPropertyOrder(2)]
    public RecurringJobStatus Status { get; set; } = new();
}
