using System.ComponentModel;
using System.Text;
using System.Text.Json.Serialization;

namespace Ankole.Control;

/// <summary>Credentials, in the shape of a Kubernetes Secret. Its text form never shows a value.</summary>
[Description("Credentials. Values are encrypted at rest and never shown.")]
public sealed record SecretResource : Resource
{
    [JsonPropertyOrder(-3)]
    public override string ApiVersion { get; set; } = ApiGroup.CoreVersion;

    [JsonPropertyOrder(-2)]
    public override string Kind { get; set; } = "Secret";

    [JsonPropertyOrder(1)]
    public string Type { get; set; } = "Opaque";

    /// <summary>Values in base64. What the API answers instead of them is <see cref="SecretRedaction"/>'s mark.</summary>
    [JsonPropertyOrder(2)]
    public IReadOnlyDictionary<string, string> Data { get; set; } = new Dictionary<string, string>();

    /// <summary>Write-only: merged into <see cref="Data"/> when it is stored.</summary>
    [JsonPropertyOrder(3)]
    public IReadOnlyDictionary<string, string>? StringData { get; set; }

    protected override bool PrintMembers(StringBuilder builder)
    {
        builder.Append("Name = ").Append(Name).Append(", Keys = ").AppendJoin(' ', Data.Keys);
        return true;
    }
}
