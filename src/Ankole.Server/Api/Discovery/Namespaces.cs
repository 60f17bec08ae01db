using System.Text.Json;
using Ankole.Control;

namespace Ankole.Server;

/// <summary>The namespaces that <c>kubectl</c> may name. They hold Secrets, events and aliases; nobody makes or removes one here.</summary>
internal static class Namespaces
{
    /// <summary>They are there as long as the daemon is.</summary>
    private static readonly string Since = DateTime.UtcNow.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'");

    private static readonly string[] Names = [.. SystemNames.CredentialNamespaces.Order()];

    public static async Task HandleAsync(HttpContext context, string? name)
    {
        if (context.Request.Method != HttpMethods.Get)
            throw ApiException.MethodNotAllowed(context.Request.Method, context.Request.Path);
        if (name is not null && !Names.Contains(name))
            throw new ApiException(404, "NotFound", $"namespaces \"{name}\" not found");
        await JsonAnswer.WriteAsync(context, 200, writer =>
        {
            if (name is not null)
            {
                Write(writer, name);
                return;
            }
            writer.WriteStartObject();
            writer.WriteString("kind", "NamespaceList");
            writer.WriteString("apiVersion", "v1");
            ListMetadata.Write(writer, "1", null, null);
            writer.WriteStartArray("items");
            foreach (var each in Names)
                Write(writer, each);
            writer.WriteEndArray();
            writer.WriteEndObject();
        });
    }

    private static void Write(Utf8JsonWriter writer, string name)
    {
        writer.WriteStartObject();
        writer.WriteString("kind", "Namespace");
        writer.WriteString("apiVersion", "v1");
        writer.WriteStartObject("metadata");
        writer.WriteString("name", name);
        writer.WriteString("resourceVersion", "1");
        writer.WriteString("creationTimestamp", Since);
        writer.WriteEndObject();
        writer.WriteStartObject("status");
        writer.WriteString("phase", "Active");
        writer.WriteEndObject();
        writer.WriteEndObject();
    }
}
