using Ankole.Core;

namespace Ankole.Control;

public sealed class ResourceNotFoundException(ResourceKey key)
    : AnkoleException(ErrorKind.NotFound, $"{key} does not exist.")
{
    public ResourceKey Key { get; } = key;
}

public sealed class ResourceExistsException(ResourceKey key)
    : AnkoleException(ErrorKind.Refused, $"{key} exists already. Choose another name, or change the existing one.")
{
    public ResourceKey Key { get; } = key;
}

/// <summary>Somebody else was faster. Read it again and decide anew.</summary>
public sealed class ResourceConflictException(ResourceKey key, string reason)
    : AnkoleException(ErrorKind.Busy, $"{key} was not changed: {reason}. Read it again and repeat the change.")
{
    public ResourceKey Key { get; } = key;
}

/// <summary>A watch or a page asked for history that is kept no more. List again.</summary>
public sealed class ResourceExpiredException(string what)
    : AnkoleException(ErrorKind.Failed, $"{what} is too old: its history is gone. List again and go on from there.");
