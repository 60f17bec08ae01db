using System.Text.Json;
using System.Text.Json.Nodes;

namespace Ankole.Control;

/// <summary>What is shown of Secrets, and what is stored beside their values.</summary>
public static class SecretRedaction
{
    /// <summary>Stands for a value that is set and not shown: the base64 of "(hidden)". Written back, it leaves the value as it is.</summary>
    public const string Mark = "KGhpZGRlbik=";

    /// <summary>What a controller reads in the place of a value that does not decrypt: the base64 of "(unreadable)".</summary>
    public const string Unreadable = "KHVucmVhZGFibGUp";

    private const string LastApplied = "kubectl.kubernetes.io/last-applied-configuration";

    /// <summary>The Secret as people may see it: every value is <see cref="Mark"/>.</summary>
    public static SecretResource Redact(SecretResource secret) =>
        secret with { Data = secret.Data.ToDictionary(entry => entry.Key, _ => Mark), StringData = null };

    /// <summary>The Secret as it is kept: <c>stringData</c> merged into <c>data</c>, no value left in the annotation that <c>kubectl apply</c> writes.</summary>
    public static SecretResource Normalize(SecretResource secret)
    {
        if (secret.StringData is { Count: > 0 } texts)
        {
            var data = new Dictionary<string, string>(secret.Data);
            foreach (var (key, text) in texts)
                data[key] = Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(text));
            secret = secret with { Data = data };
        }
        secret = secret with { StringData = null };
        return secret.Metadata.Annotations.TryGetValue(LastApplied, out var applied)
            ? secret with { Metadata = secret.Metadata with { Annotations = new Dictionary<string, string>(secret.Metadata.Annotations) { [LastApplied] = HideValues(applied) } } }
            : secret;
    }

    private static string HideValues(string applied)
    {
        JsonNode? node;
        try
        {
            node = JsonNode.Parse(applied);
        }
        catch (JsonException)
        {
            return "";
        }
        if (node is not JsonObject secret)
            return "";
        foreach (var part in (string[])["data", "stringData"])
            if (secret[part] is JsonObject values)
                foreach (var key in values.Select(value => value.Key).ToList())
                    values[key] = Mark;
        return secret.ToJsonString(ControlJson.Options) + "\n";
    }
}
