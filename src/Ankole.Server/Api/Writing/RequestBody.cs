using System.Text.Json;
using System.Text.Json.Nodes;
using Ankole.Control;
using Microsoft.Net.Http.Headers;

namespace Ankole.Server;

/// <summary>Reads what a client has sent.</summary>
internal static class RequestBody
{
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false };

    public static string MediaTypeOf(HttpRequest request) => MediaTypeHeaderValue.TryParse(request.ContentType, out var type) ? type.MediaType.ToString().ToLowerInvariant() : "";

    /// <exception cref="ApiException">The body is no JSON; the message never repeats it.</exception>
    public static async Task<JsonNode?> ReadJsonAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        try
        {
            return await JsonNode.ParseAsync(request.Body, null, Strict, cancellationToken);
        }
        catch (JsonException e)
        {
            throw ApiException.BadRequest($"the body is no JSON: line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1}.", e);
        }
    }

    /// <summary>A resource sent whole.</summary>
    public static async Task<Resource> ReadResourceAsync(ApiRequest request)
    {
        var type = MediaTypeOf(request.Http.Request);
        if (type == ProtobufSecret.MediaType && request.Kind.Target == Kinds.Secret)
            return ToResource(request, ProtobufSecret.Read(await ReadBytesAsync(request.Http.Request, request.Aborted)));
        if (type is not ("application/json" or ""))
            throw ApiException.UnsupportedMediaType($"'{type}' is not taken: send application/json.");
        if (await ReadJsonAsync(request.Http.Request, request.Aborted) is not JsonObject json)
            throw ApiException.BadRequest($"the body is no object: send a {request.Kind.Kind}.");
        return ToResource(request, json);
    }

    /// <summary>As large as the server's limit for requests at most.</summary>
    private static async Task<byte[]> ReadBytesAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        using var body = new MemoryStream();
        await request.Body.CopyToAsync(body, cancellationToken);
        return body.ToArray();
    }

    /// <summary>Completes what the path says, checks the shape as strictly as the client asks for, and reads it.</summary>
    public static Resource ToResource(ApiRequest request, JsonObject json)
    {
        CheckIdentity(request, json);
        if (!request.Kind.IsAlias)
            CheckShape(request, json);
        try
        {
            return request.Kind.Read(json);
        }
        catch (JsonException e)
        {
            throw ApiException.BadRequest($"the body is no {request.Kind.Kind}: {e.Path} does not fit.", e);
        }
    }

    private static void CheckIdentity(ApiRequest request, JsonObject json)
    {
        CheckOrSet(json, "apiVersion", request.Kind.ApiVersion);
        CheckOrSet(json, "kind", request.Kind.Kind);
        if (json["metadata"] is null)
            json["metadata"] = new JsonObject();
        if (json["metadata"] is not JsonObject metadata)
            throw ApiException.BadRequest("metadata must be an object.");
        if (request.Namespace is not null)
            CheckOrSet(metadata, "namespace", request.Namespace);
        else
            metadata.Remove("namespace");
        if (request.Name is not null)
            CheckOrSet(metadata, "name", request.Name);
    }

    private static void CheckOrSet(JsonObject json, string name, string expected)
    {
        if (json[name] is null)
            json[name] = expected;
        else if (json[name] is not JsonValue value || !value.TryGetValue(out string? text) || (text.Length > 0 && text != expected))
            throw ApiException.BadRequest($"{name} in the body must be '{expected}', as the request's path says.");
        else if (text.Length == 0)
            json[name] = expected;
    }

    private static void CheckShape(ApiRequest request, JsonObject json)
    {
        var mode = request.Query("fieldValidation") ?? "Warn";
        if (mode is not ("Strict" or "Warn" or "Ignore"))
            throw ApiException.BadRequest($"fieldValidation={mode} is not known: write Strict, Warn or Ignore.");
        var check = ShapeCheck.Run(json, ShapeReader.Of(request.Kind.Target));
        if (mode == "Strict" && check.UnknownFields.Count > 0)
            throw ApiException.BadRequest("strict decoding error: " + string.Join(", ", check.UnknownFields.Select(field => $"unknown field \"{field}\"")));
        if (mode == "Warn")
            foreach (var field in check.UnknownFields)
                request.Http.Response.Headers.Append("Warning", $"299 - \"unknown field \\\"{Quoted(field)}\\\"\"");
        if (check.Errors.Count > 0)
            throw new InvalidResourceException(request.Kind.KeyOf(request.Namespace, request.Name ?? NameOf(json)), check.Errors);
    }

    private static string NameOf(JsonObject json) => FieldText.Of(json, "metadata.name");

    /// <summary>Only what may stand in a header.</summary>
    private static string Quoted(string field) => string.Concat(field.Where(letter => letter is > ' ' and < '\x7f' and not '"' and not '\\'));
}
