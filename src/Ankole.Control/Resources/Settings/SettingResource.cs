using System.ComponentModel;
using System.Text.Json.Serialization;

namespace Ankole.Control;

/// <summary>One value that holds for the whole system, under Longhorn's name. Its value stands beside the metadata, as in Longhorn's Setting.</summary>
[Description("One value that holds for the whole system, under Longhorn's name.")]
public sealed record SettingResource : Resource
{
    [JsonPropertyOrder(-3)]
    public override string ApiVersion { get; set; } = ApiGroup.AnkoleVersion;

    [JsonPropertyOrder(-2)]
    public override string Kind { get; set; } = "Setting";

    [JsonPropertyOrder(1)]
    [Description("The value as text.")]
    public string Value { get; set; } = "";

    [JsonPropertyOrder(2)]
    public SettingStatus Status { get; set; } = new();
}

public sealed record SettingStatus
{
    [Description("The running daemon works by this value.")]
    public bool Applied { get; set; }
}
