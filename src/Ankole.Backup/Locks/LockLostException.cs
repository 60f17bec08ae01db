using Ankole.Core;

namespace Ankole.Backup;

/// <summary>Our own lock could not be refreshed for longer than it lives, so others may act as if we were gone: the operation stops.</summary>
public sealed class LockLostException(string volume, string target, TimeSpan lifetime) : AnkoleException(
    ErrorKind.Unavailable,
    $"the lock on volume '{volume}' in backup target '{target}' could not be refreshed for more than {lifetime.TotalSeconds:0} s, so it no longer " +
    "protects this operation, which was stopped. Run it again when the target can be reached.");
