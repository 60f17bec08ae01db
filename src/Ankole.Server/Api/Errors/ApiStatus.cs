using System.Text.Json;
using Ankole.Control;
using Ankole.Core;

namespace Ankole.Server;

/// <summary>A Kubernetes <c>Status</c>: how every failure is told (API conventions, "Response Status Kind").</summary>
internal sealed record ApiStatus(int Code, string Reason, string Message)
{
    public ResourceKey? Key { get; init; }

    public IReadOnlyList<FieldError> Causes { get; init; } = [];

    /// <summary>Seconds after which trying again may help; 0: unknown.</summary>
    public int RetryAfterSeconds { get; init; }

    /// <summary>Null for an error that no caller has caused.</summary>
    public static ApiStatus? Of(Exception e) => e switch
    {
        ApiException api => new ApiStatus(api.Code, api.Reason, api.Message),
        ResourceNotFoundException missing => new ApiStatus(404, "NotFound", $"{Plural(missing.Key)} \"{missing.Key.Name}\" not found") { Key = missing.Key },
        ResourceExistsException exists => new ApiStatus(409, "AlreadyExists", $"{Plural(exists.Key)} \"{exists.Key.Name}\" already exists") { Key = exists.Key },
        ResourceConflictException conflict => new ApiStatus(409, "Conflict", conflict.Message) { Key = conflict.Key },
        ResourceExpiredException => new ApiStatus(410, "Expired", e.Message),
        InvalidResourceException invalid => new ApiStatus(422, "Invalid", invalid.Message) { Key = invalid.Key, Causes = invalid.Errors },
        BadHttpRequestException { StatusCode: 413 } => new ApiStatus(413, "RequestEntityTooLarge", "the request is larger than the server takes: send less at once."),
        BadHttpRequestException bad => new ApiStatus(bad.StatusCode, "BadRequest", bad.Message),
        AnkoleException { Kind: ErrorKind.InvalidInput } => new ApiStatus(400, "BadRequest", e.Message),
        AnkoleException { Kind: ErrorKind.NotFound } => new ApiStatus(404, "NotFound", e.Message),
        AnkoleException { Kind: ErrorKind.Busy or ErrorKind.Refused } => new ApiStatus(409, "Conflict", e.Message),
        AnkoleException { Kind: ErrorKind.Unavailable } => new ApiStatus(503, "ServiceUnavailable", e.Message) { RetryAfterSeconds = 5 },
        AnkoleException => new ApiStatus(500, "InternalError", e.Message),
        _ => null,
    };

    public static ApiStatus Internal(string traceId) =>
        new(500, "InternalError", $"an error that nobody expected; the server's log says more, under request {traceId}.");

    public void Write(Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        writer.WriteString("kind", "Status");
        writer.WriteString("apiVersion", "v1");
        writer.WriteStartObject("metadata");
        writer.WriteEndObject();
        writer.WriteString("status", "Failure");
        writer.WriteString("message", Message);
        writer.WriteString("reason", Reason);
        WriteDetails(writer);
        writer.WriteNumber("code", Code);
        writer.WriteEndObject();
    }

    private void WriteDetails(Utf8JsonWriter writer)
    {
        writer.WriteStartObject("details");
        if (Key is not null)
        {
            writer.WriteString("name", Key.Name);
            if (Key.Kind.Group.Length > 0)
                writer.WriteString("group", Key.Kind.Group);
            // As Kubernetes does: the kind of what was not found is its plural, of what is invalid its kind.
            writer.WriteString("kind", Causes.Count > 0 ? Key.Kind.Kind : Key.Kind.Plural);
        }
        if (Causes.Count > 0)
        {
            writer.WriteStartArray("causes");
            foreach (var cause in Causes)
            {
                writer.WriteStartObject();
                writer.WriteString("reason", "FieldValue" + cause.Kind);
                writer.WriteString("message", cause.Message);
                writer.WriteString("field", cause.Field);
                writer.WriteEndObject();
            }
            writer.WriteEndArray();
        }
        if (RetryAfterSeconds > 0)
            writer.WriteNumber("retryAfterSeconds", RetryAfterSeconds);
        writer.WriteEndObject();
    }

    private static string Plural(ResourceKey key) => key.Kind.Group.Length == 0 ? key.Kind.Plural : $"{key.Kind.Plural}.{key.Kind.Group}";
}
