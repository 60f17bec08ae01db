using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Ankole.Control;

namespace Ankole.Server;

/// <summary>OpenAPI 3 documents, one for each group and version, where <c>kubectl explain</c> and <c>kubectl apply</c> look for them (<c>/openapi/v3</c>).</summary>
internal sealed class OpenApiDocuments(ServedKinds kinds)
{
    private readonly ConcurrentDictionary<string, byte[]> documents = new();

    public async Task HandleAsync(HttpContext context)
    {
        var path = (context.Request.Path.Value ?? "")["/openapi/v3".Length..].Trim('/');
        var document = path.Length == 0 ? documents.GetOrAdd("", _ => Index()) : Find(path) ?? throw ApiException.NotFound(context.Request.Path);
        context.Response.ContentType = "application/json";
        context.Response.Headers.ETag = $"\"{HashOf(document)}\"";
        await context.Response.Body.WriteAsync(document, context.RequestAborted);
    }

    /// <param name="path"><c>api/v1</c> or <c>apis/GROUP/VERSION</c>.</param>
    private byte[]? Find(string path)
    {
        var apiVersion = path.StartsWith("apis/", StringComparison.Ordinal) ? path["apis/".Length..] : path.StartsWith("api/", StringComparison.Ordinal) ? path["api/".Length..] : "";
        return kinds.All.Any(kind => kind.ApiVersion == apiVersion) ? documents.GetOrAdd(apiVersion, Build) : null;
    }

    private byte[] Index()
    {
        var paths = new JsonObject();
        foreach (var apiVersion in kinds.All.Select(kind => kind.ApiVersion).Distinct())
        {
            var path = RootOf(apiVersion)[1..];
            paths[path] = new JsonObject { ["serverRelativeURL"] = $"/openapi/v3/{path}?hash={HashOf(documents.GetOrAdd(apiVersion, Build))}" };
        }
        return Encoding.UTF8.GetBytes(new JsonObject { ["paths"] = paths }.ToJsonString());
    }

    private byte[] Build(string apiVersion)
    {
        var schemas = new JsonObject { [OpenApiNames.ObjectMeta] = SchemaJson.Of(ShapeReader.Of(typeof(ObjectMeta), "Standard metadata of a resource.")) };
        var paths = new JsonObject();
        foreach (var kind in kinds.All.Where(kind => kind.ApiVersion == apiVersion))
        {
            schemas[OpenApiNames.SchemaOf(kind)] = KindSchema(kind);
            OpenApiPaths.Add(paths, RootOf(apiVersion), kind);
        }
        var document = new JsonObject
        {
            ["openapi"] = "3.0.0",
            ["info"] = new JsonObject { ["title"] = "Ankole", ["version"] = "v1beta1" },
            ["paths"] = paths,
            ["components"] = new JsonObject
            {
                ["schemas"] = schemas,
                ["securitySchemes"] = new JsonObject { ["BearerToken"] = new JsonObject { ["type"] = "http", ["scheme"] = "bearer" } },
            },
            ["security"] = new JsonArray(new JsonObject { ["BearerToken"] = new JsonArray() }),
        };
        return Encoding.UTF8.GetBytes(document.ToJsonString());
    }

    private static JsonObject KindSchema(ServedKind kind)
    {
        // An alias's fields are the other system's: its documentation says them.
        var schema = kind.IsAlias ? new JsonObject { ["type"] = "object", ["x-kubernetes-preserve-unknown-fields"] = true } : SchemaJson.Of(ShapeReader.Of(kind.Target));
        if (schema["properties"] is JsonObject properties)
            properties["metadata"] = new JsonObject { ["allOf"] = new JsonArray(OpenApiNames.Reference(OpenApiNames.ObjectMeta)), ["description"] = "Standard metadata of a resource." };
        schema["x-kubernetes-group-version-kind"] = new JsonArray(OpenApiNames.GroupVersionKind(kind));
        return schema;
    }

    private static string RootOf(string apiVersion) => (apiVersion.Contains('/', StringComparison.Ordinal) ? "/apis/" : "/api/") + apiVersion;

    private static string HashOf(byte[] document) => Convert.ToHexString(SHA256.HashData(document))[..32];
}
