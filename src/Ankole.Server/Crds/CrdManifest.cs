using System.Text.Json.Nodes;
using Ankole.Control;

namespace Ankole.Server;

/// <summary>A kind as CustomResourceDefinition, with a structural schema: what a cluster needs to store our resources.</summary>
internal static class CrdManifest
{
    public static JsonObject Of(ResourceKind kind)
    {
        var version = new JsonObject
        {
            ["name"] = kind.Version, ["served"] = true, ["storage"] = true,
            ["additionalPrinterColumns"] = new JsonArray([.. kind.Columns.Select(Column)]),
            ["schema"] = new JsonObject { ["openAPIV3Schema"] = Schema(kind) },
        };
        if (kind.HasStatus)
            version["subresources"] = new JsonObject { ["status"] = new JsonObject() };
        return new JsonObject
        {
            ["apiVersion"] = "apiextensions.k8s.io/v1",
            ["kind"] = "CustomResourceDefinition",
            ["metadata"] = new JsonObject { ["name"] = $"{kind.Plural}.{kind.Group}" },
            ["spec"] = new JsonObject
            {
                ["group"] = kind.Group,
                ["names"] = new JsonObject
                {
                    ["kind"] = kind.Kind, ["listKind"] = kind.Kind + "List", ["plural"] = kind.Plural, ["singular"] = kind.Singular,
                    ["shortNames"] = new JsonArray([.. kind.ShortNames.Select(name => (JsonNode)name)]),
                },
                ["scope"] = kind.IsNamespaced ? "Namespaced" : "Cluster",
                ["versions"] = new JsonArray(version),
            },
        };
    }

    /// <summary>Metadata is the cluster's: a structural schema says nothing of it.</summary>
    private static JsonObject Schema(ResourceKind kind)
    {
        var schema = SchemaJson.Of(ShapeReader.Of(kind));
        schema["properties"]!["metadata"] = new JsonObject { ["type"] = "object" };
        return schema;
    }

    private static JsonNode Column(PrinterColumn column)
    {
        var json = new JsonObject { ["name"] = column.Name, ["type"] = column.Type == "bytes" ? "string" : column.Type, ["jsonPath"] = column.JsonPath };
        if (column.Wide)
            json["priority"] = 1;
        return json;
    }
}
