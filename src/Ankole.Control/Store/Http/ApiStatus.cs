using System.Text.Json;
using Ankole.Core;

namespace Ankole.Control;

/// <summary>Reads the <c>Status</c> object that an API server answers an error with (Kubernetes API conventions, "Response Status Kind").</summary>
internal static class ApiStatus
{
    /// <summary>Characters of an answer that is no Status which are shown.</summary>
    private const int ShownCharacters = 200;

    /// <param name="what">The request, as the error calls it: <c>GET http://…/volumes</c>.</param>
    public static RemoteApiException ToException(int httpCode, ReadOnlyMemory<byte> body, string what)
    {
        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(body);
        }
        catch (JsonException)
        {
            return Plain(httpCode, body.Span, what);
        }
        using (document)
            return document.RootElement is { ValueKind: JsonValueKind.Object } root && Text(root, "kind") == "Status" ? Of(root, httpCode) : Plain(httpCode, body.Span, what);
    }

    /// <summary>Of a Status object, as a watch delivers it too.</summary>
    public static RemoteApiException Of(JsonElement status, int httpCode)
    {
        var code = status.TryGetProperty("code", out var number) && number.TryGetInt32(out var value) ? value : httpCode;
        var reason = Text(status, "reason");
        var causes = Causes(status);
        var message = Text(status, "message");
        if (message.Length == 0)
            message = causes.Count > 0 ? string.Join("; ", causes.Select(cause => $"{cause.Field}: {cause.Message}")) : $"the server answered {code} {reason}.";
        var about = status.TryGetProperty("details", out var details) && details.ValueKind == JsonValueKind.Object ? Text(details, "name") : "";
        return new RemoteApiException(KindOf(code, reason), code, reason, about, message, causes);
    }

    private static List<FieldError> Causes(JsonElement status)
    {
        var causes = new List<FieldError>();
        if (!status.TryGetProperty("details", out var details) || details.ValueKind != JsonValueKind.Object
            || !details.TryGetProperty("causes", out var list) || list.ValueKind != JsonValueKind.Array)
            return causes;
        foreach (var cause in list.EnumerateArray())
            causes.Add(new FieldError(Text(cause, "field"), null, Text(cause, "message"), CauseKind(Text(cause, "reason"))));
        return causes;
    }

    private static FieldErrorKind CauseKind(string reason) => reason switch
    {
        "FieldValueRequired" => FieldErrorKind.Required,
        "FieldValueForbidden" => FieldErrorKind.Forbidden,
        "FieldValueNotSupported" => FieldErrorKind.NotSupported,
        "FieldValueDuplicate" => FieldErrorKind.Duplicate,
        "FieldValueNotFound" => FieldErrorKind.NotFound,
        _ => FieldErrorKind.Invalid,
    };

    private static RemoteApiException Plain(int code, ReadOnlySpan<byte> body, string what)
    {
        var text = System.Text.Encoding.UTF8.GetString(body[..Math.Min(body.Length, 4 * ShownCharacters)]).Trim();
        if (text.Length > ShownCharacters)
            text = text[..ShownCharacters] + " …";
        return new RemoteApiException(KindOf(code, ""), code, "", "", $"{what} was answered with {code}{(text.Length == 0 ? "" : $": {text}")}.{Hint(code)}", []);
    }

    private static string Hint(int code) => code switch
    {
        401 => " The token is missing or wrong: name the file that holds it.",
        404 => " Is this the address of an Ankole server?",
        _ => "",
    };

    private static ErrorKind KindOf(int code, string reason) => code switch
    {
        400 or 413 or 415 or 422 => ErrorKind.InvalidInput,
        401 or 429 or 502 or 503 or 504 => ErrorKind.Unavailable,
        403 => ErrorKind.Refused,
        404 => ErrorKind.NotFound,
        409 when reason == "AlreadyExists" => ErrorKind.Refused,
        409 => ErrorKind.Busy,
        _ => ErrorKind.Failed,
    };

    private static string Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out var property) && property.ValueKind == JsonValueKind.String ? property.GetString()! : "";
}
