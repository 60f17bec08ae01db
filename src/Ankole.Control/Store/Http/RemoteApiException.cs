using Ankole.Core;

namespace Ankole.Control;

/// <summary>The API server refused a request, or could not carry it out.</summary>
/// <param name="code">HTTP status code.</param>
/// <param name="reason">The Status' reason (<c>NotFound</c>, <c>Conflict</c> …), empty when the answer was no Status.</param>
/// <param name="about">The name of the resource that it is about, empty when the server names none.</param>
public sealed class RemoteApiException(ErrorKind kind, int code, string reason, string about, string message, IReadOnlyList<FieldError> causes)
    : AnkoleException(kind, message)
{
    public int Code { get; } = code;

    public string Reason { get; } = reason;

    /// <summary>Every mistake, where the server named them one by one.</summary>
    public IReadOnlyList<FieldError> Causes { get; } = causes;

    /// <summary>The same error as a resource store reports it.</summary>
    public AnkoleException About(ResourceKey key) => (Code, Reason) switch
    {
        (404, _) => new ResourceNotFoundException(key),
        (409, "AlreadyExists") => new ResourceExistsException(key),
        // A conflict that is about no resource is a refusal, which trying again does not help.
        (409, "Conflict") when about.Length > 0 => new ResourceConflictException(key, ConflictOf(key)),
        (410, _) => new ResourceExpiredException($"The version asked for of {key.Kind.Plural}"),
        (422, _) when Causes.Count > 0 => new InvalidResourceException(key, Causes),
        _ => this,
    };

    /// <summary>The server's sentence without what the exception says itself.</summary>
    private string ConflictOf(ResourceKey key)
    {
        var full = new ResourceConflictException(key, "|").Message.Split('|');
        return Message.StartsWith(full[0], StringComparison.Ordinal) && Message.EndsWith(full[1], StringComparison.Ordinal) ? Message[full[0].Length..^full[1].Length] : Message.TrimEnd('.');
    }
}
