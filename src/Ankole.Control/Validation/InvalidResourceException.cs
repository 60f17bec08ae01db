using Ankole.Core;

namespace Ankole.Control;

/// <param name="Field">Dotted path: <c>spec.cron</c>.</param>
/// <param name="Value">As it was given, null when it is missing; never a secret's.</param>
/// <param name="Message">What is wrong and what to write instead.</param>
/// <param name="Kind">Required, Invalid, Forbidden, NotSupported, Duplicate: the reasons of a Kubernetes Status.</param>
public sealed record FieldError(string Field, string? Value, string Message, FieldErrorKind Kind = FieldErrorKind.Invalid);

public enum FieldErrorKind
{
    Invalid,
    Required,
    Forbidden,
    NotSupported,
    Duplicate,
    NotFound,
}

/// <summary>A resource breaks rules. Every mistake is named at once.</summary>
public sealed class InvalidResourceException(ResourceKey key, IReadOnlyList<FieldError> errors)
    : AnkoleException(ErrorKind.InvalidInput, $"{key} is invalid: {string.Join("; ", errors.Select(error => $"{error.Field}: {error.Message}"))}")
{
    public ResourceKey Key { get; } = key;

    public IReadOnlyList<FieldError> Errors { get; } = errors;
}
