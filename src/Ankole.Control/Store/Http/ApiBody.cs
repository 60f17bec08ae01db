using System.Text.Json;

namespace Ankole.Control;

/// <summary>Bodies of requests that are no resources.</summary>
internal static class ApiBody
{
    /// <summary>Null when there is nothing to ask for.</summary>
    public static byte[]? DeleteOptions(DeletePreconditions? preconditions)
    {
        if (preconditions is not { } given || (given.Uid is null && given.ResourceVersion is null))
            return null;
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            writer.WriteString("apiVersion", "v1");
            writer.WriteString("kind", "DeleteOptions");
            writer.WriteStartObject("preconditions");
            if (given.Uid is { } uid)
                writer.WriteString("uid", uid);
            if (given.ResourceVersion is { } version)
                writer.WriteString("resourceVersion", version);
            writer.WriteEndObject();
            writer.WriteEndObject();
        }
        return buffer.ToArray();
    }
}
