namespace Ankole.Core;

/// <summary>What a caller can do about an error. The CLI's exit codes are these numbers (docs/cli.md).</summary>
public enum ErrorKind
{
    /// <summary>Something failed that fits no other kind: the text says what.</summary>
    Failed = 1,

    /// <summary>The request itself is wrong: a bad name, URL, size or option. Nothing was changed.</summary>
    InvalidInput = 2,

    /// <summary>Stored bytes are damaged, truncated or unreadable. Nothing that depends on them was reported as done.</summary>
    Damaged = 3,

    /// <summary>The named object does not exist.</summary>
    NotFound = 4,

    /// <summary>Somebody else is using it: a lock, a served replica. Try again when they are done.</summary>
    Busy = 5,

    /// <summary>The other side cannot be reached, refused the credentials, or is full. Trying again may help.</summary>
    Unavailable = 6,

    /// <summary>Going on would risk data: a destination that exists, a listing that contradicts the records.</summary>
    Refused = 7,
}
