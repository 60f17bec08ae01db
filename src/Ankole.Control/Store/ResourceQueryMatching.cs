using System.Text.Json.Nodes;

namespace Ankole.Control;

/// <summary>Whether a resource, given as JSON, is one that a query asks for.</summary>
public static class ResourceQueryMatching
{
    public static bool HasSelectors(this ResourceQuery query) => query.Labels is { Requirements.Count: > 0 } || query.Fields.Count > 0;

    /// <summary>Labels, fields and the namespace; the kind is taken for granted.</summary>
    public static bool Matches(this ResourceQuery query, JsonObject resource)
    {
        var metadata = resource["metadata"] as JsonObject;
        if (query.Namespace is not null && FieldText.Of(metadata, "namespace") != query.Namespace)
            return false;
        if (query.Labels is { Requirements.Count: > 0 } labels && !labels.Matches(LabelsOf(metadata)))
            return false;
        foreach (var field in query.Fields)
            if (string.Equals(FieldText.Of(resource, field.Path), field.Value, StringComparison.Ordinal) != field.Equal)
                return false;
        return true;
    }

    private static Dictionary<string, string> LabelsOf(JsonObject? metadata)
    {
        var labels = new Dictionary<string, string>();
        foreach (var (key, value) in metadata?["labels"] as JsonObject ?? [])
            labels[key] = (string?)value ?? "";
        return labels;
    }
}
