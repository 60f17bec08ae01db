using System.Text.Json.Nodes;

namespace Ankole.Server;

/// <summary>The operations on a kind, as OpenAPI writes them.</summary>
internal static class OpenApiPaths
{
    private static readonly string[] Selecting = ["labelSelector", "fieldSelector", "limit", "continue", "watch", "resourceVersion", "timeoutSeconds", "allowWatchBookmarks"];
    private static readonly string[] Writing = ["dryRun", "fieldValidation", "fieldManager"];
    private static readonly string[] PatchTypes = ["application/merge-patch+json", "application/json-patch+json", "application/strategic-merge-patch+json"];

    public static void Add(JsonObject paths, string root, ServedKind kind)
    {
        var collection = root + (kind.IsNamespaced ? "/namespaces/{namespace}/" : "/") + kind.Plural;
        if (kind.IsNamespaced)
            paths[$"{root}/{kind.Plural}"] = new JsonObject { ["get"] = Operation(kind, "list", Selecting) };
        paths[collection] = WithParameters(kind, false, new JsonObject
        {
            ["get"] = Operation(kind, "list", Selecting),
            ["post"] = Operation(kind, "post", Writing, "application/json"),
            ["delete"] = Operation(kind, "deletecollection", Selecting[..2]),
        });
        paths[collection + "/{name}"] = WithParameters(kind, true, new JsonObject
        {
            ["get"] = Operation(kind, "get", []),
            ["put"] = Operation(kind, "put", Writing, "application/json"),
            ["patch"] = Operation(kind, "patch", Writing, PatchTypes),
            ["delete"] = Operation(kind, "delete", ["dryRun", "propagationPolicy"]),
        });
        if (kind.HasStatus)
            paths[collection + "/{name}/status"] = WithParameters(kind, true, new JsonObject
            {
                ["get"] = Operation(kind, "get", []),
                ["put"] = Operation(kind, "put", Writing, "application/json"),
                ["patch"] = Operation(kind, "patch", Writing, PatchTypes),
            });
    }

    private static JsonObject Operation(ServedKind kind, string action, IReadOnlyList<string> query, params string[] bodies)
    {
        var operation = new JsonObject
        {
            ["tags"] = new JsonArray(kind.Kind),
            ["parameters"] = new JsonArray([.. query.Select(name => (JsonNode)QueryParameter(name))]),
            ["responses"] = new JsonObject { ["200"] = new JsonObject { ["description"] = "OK", ["content"] = Content(kind, "application/json") } },
            ["x-kubernetes-action"] = action,
            ["x-kubernetes-group-version-kind"] = OpenApiNames.GroupVersionKind(kind),
        };
        if (bodies.Length > 0)
            operation["requestBody"] = new JsonObject { ["required"] = true, ["content"] = Content(kind, bodies) };
        return operation;
    }

    private static JsonObject Content(ServedKind kind, params string[] types) => new(types.Select(type =>
        KeyValuePair.Create(type, (JsonNode?)new JsonObject
        {
            ["schema"] = type.Contains("patch", StringComparison.Ordinal) ? new JsonObject { ["type"] = "object" } : OpenApiNames.Reference(OpenApiNames.SchemaOf(kind)),
        })));

    private static JsonObject WithParameters(ServedKind kind, bool hasName, JsonObject path)
    {
        var parameters = new JsonArray();
        if (hasName)
            parameters.Add(PathParameter("name"));
        if (kind.IsNamespaced)
            parameters.Add(PathParameter("namespace"));
        path["parameters"] = parameters;
        return path;
    }

    private static JsonObject QueryParameter(string name) => new JsonObject
    {
        ["name"] = name,
        ["in"] = "query",
        ["schema"] = new JsonObject
        {
            ["type"] = name switch { "limit" or "timeoutSeconds" => "integer", "watch" or "allowWatchBookmarks" => "boolean", _ => "string" },
        },
    };

    private static JsonObject PathParameter(string name) => new JsonObject
    {
        ["name"] = name, ["in"] = "path", ["required"] = true, ["schema"] = new JsonObject { ["type"] = "string" },
    };
}
