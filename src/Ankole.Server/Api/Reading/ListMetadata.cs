using System.Text.Json;

namespace Ankole.Server;

/// <summary>A list's own metadata.</summary>
internal static class ListMetadata
{
    public static void Write(Utf8JsonWriter writer, string version, string? next, long? remaining)
    {
        writer.WriteStartObject("metadata");
        writer.WriteString("resourceVersion", version);
        if (next is not null)
            writer.WriteString("continue", next);
        if (remaining is not null)
            writer.WriteNumber("remainingItemCount", remaining.Value);
        writer.WriteEndObject();
    }
}
