using System.Text.Json.Nodes;

namespace Ankole.Server;

/// <summary>How the OpenAPI documents name things.</summary>
internal static class OpenApiNames
{
    public const string ObjectMeta = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta";

    /// <summary><c>io.ankole.v1beta1.Volume</c></summary>
    public static string SchemaOf(ServedKind kind) =>
        kind.Group.Length == 0 ? $"io.k8s.api.core.{kind.Version}.{kind.Kind}" : $"{string.Join('.', kind.Group.Split('.').Reverse())}.{kind.Version}.{kind.Kind}";

    public static JsonObject Reference(string schema) => new() { ["$ref"] = "#/components/schemas/" + schema };

    public static JsonObject GroupVersionKind(ServedKind kind) => new() { ["group"] = kind.Group, ["version"] = kind.Version, ["kind"] = kind.Kind };
}
