using System.Text.Json.Nodes;

namespace Ankole.Server;

/// <summary>JSON Merge Patch (RFC 7386): null removes, objects merge, everything else replaces.</summary>
internal static class MergePatch
{
    /// <param name="target">May be changed and be part of the result.</param>
    public static JsonNode? Apply(JsonNode? target, JsonNode? patch)
    {
        if (patch is not JsonObject changes)
            return patch?.DeepClone();
        var result = target as JsonObject ?? [];
        foreach (var (name, value) in changes)
        {
            if (value is null)
            {
                result.Remove(name);
                continue;
            }
            var before = result[name];
            result.Remove(name);
            result[name] = Apply(before, value);
        }
        return result;
    }
}
