using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Ankole.Server;

/// <summary>Writes answers as JSON, indented for those who ask (<c>?pretty=true</c>).</summary>
internal static class JsonAnswer
{
    public static async Task WriteAsync(HttpContext context, int code, Action<Utf8JsonWriter> write)
    {
        context.Response.StatusCode = code;
        context.Response.ContentType = "application/json";
        await using (var writer = CreateWriter(context))
            write(writer);
        if (IsPretty(context))
            context.Response.BodyWriter.Write("\n"u8);
        await context.Response.BodyWriter.FlushAsync(context.RequestAborted);
    }

    public static Task WriteStatusAsync(HttpContext context, ApiStatus status)
    {
        if (status.RetryAfterSeconds > 0)
            context.Response.Headers.RetryAfter = status.RetryAfterSeconds.ToString();
        return WriteAsync(context, status.Code, status.Write);
    }

    public static Utf8JsonWriter CreateWriter(HttpContext context) => new(
        context.Response.BodyWriter, new JsonWriterOptions { Indented = IsPretty(context), Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    public static bool IsPretty(HttpContext context) => context.Request.Query["pretty"] is ["true" or "1" or ""];
}
