using System.Text.Json;

namespace Ankole.Server;

/// <summary>The documents that tell a client which groups, versions and kinds there are.</summary>
internal sealed class Discovery(ServedKinds kinds)
{
    private static readonly string[] Verbs = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];
    private static readonly string[] StatusVerbs = ["get", "patch", "update"];

    /// <summary>Null when the path is none of discovery's.</summary>
    public Action<Utf8JsonWriter>? Find(string path) => path.Split('/', StringSplitOptions.RemoveEmptyEntries) switch
    {
        ["api"] => WriteCoreVersions,
        ["api", "v1"] => writer => WriteResources(writer, "v1"),
        ["apis"] => WriteGroups,
        ["apis", var group] when kinds.All.Any(kind => kind.Group == group) => writer => WriteGroup(writer, group),
        ["apis", var group, var version] when kinds.All.Any(kind => kind.ApiVersion == $"{group}/{version}") => writer => WriteResources(writer, $"{group}/{version}"),
        _ => null,
    };

    private static void WriteCoreVersions(Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        writer.WriteString("kind", "APIVersions");
        writer.WriteStartArray("versions");
        writer.WriteStringValue("v1");
        writer.WriteEndArray();
        writer.WriteStartArray("serverAddressByClientCIDRs");
        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private void WriteGroups(Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        writer.WriteString("kind", "APIGroupList");
        writer.WriteString("apiVersion", "v1");
        writer.WriteStartArray("groups");
        foreach (var group in kinds.All.Select(kind => kind.Group).Where(group => group.Length > 0).Distinct())
            WriteGroup(writer, group);
        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private void WriteGroup(Utf8JsonWriter writer, string group)
    {
        var version = kinds.All.First(kind => kind.Group == group).Version;
        writer.WriteStartObject();
        writer.WriteString("kind", "APIGroup");
        writer.WriteString("apiVersion", "v1");
        writer.WriteString("name", group);
        writer.WriteStartArray("versions");
        WriteVersion(writer, group, version);
        writer.WriteEndArray();
        writer.WritePropertyName("preferredVersion");
        WriteVersion(writer, group, version);
        writer.WriteEndObject();
    }

    private static void WriteVersion(Utf8JsonWriter writer, string group, string version)
    {
        writer.WriteStartObject();
        writer.WriteString("groupVersion", $"{group}/{version}");
        writer.WriteString("version", version);
        writer.WriteEndObject();
    }

    private void WriteResources(Utf8JsonWriter writer, string apiVersion)
    {
        writer.WriteStartObject();
        writer.WriteString("kind", "APIResourceList");
        writer.WriteString("apiVersion", "v1");
        writer.WriteString("groupVersion", apiVersion);
        writer.WriteStartArray("resources");
        if (apiVersion == "v1")
            WriteResource(writer, "namespaces", "namespace", "Namespace", false, ["get", "list"], ["ns"]);
        foreach (var kind in kinds.All.Where(kind => kind.ApiVersion == apiVersion))
        {
            WriteResource(writer, kind.Plural, kind.Kind.ToLowerInvariant(), kind.Kind, kind.IsNamespaced, Verbs, kind.ShortNames);
            if (kind.HasStatus)
                WriteResource(writer, kind.Plural + "/status", "", kind.Kind, kind.IsNamespaced, StatusVerbs, []);
        }
        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private static void WriteResource(
        Utf8JsonWriter writer, string plural, string singular, string kind, bool isNamespaced, IReadOnlyList<string> verbs, IReadOnlyList<string> shortNames)
    {
        writer.WriteStartObject();
        writer.WriteString("name", plural);
        writer.WriteString("singularName", singular);
        writer.WriteBoolean("namespaced", isNamespaced);
        writer.WriteString("kind", kind);
        WriteTexts(writer, "verbs", verbs);
        if (shortNames.Count > 0)
            WriteTexts(writer, "shortNames", shortNames);
        writer.WriteEndObject();
    }

    private static void WriteTexts(Utf8JsonWriter writer, string name, IReadOnlyList<string> texts)
    {
        writer.WriteStartArray(name);
        foreach (var text in texts)
            writer.WriteStringValue(text);
        writer.WriteEndArray();
    }
}
