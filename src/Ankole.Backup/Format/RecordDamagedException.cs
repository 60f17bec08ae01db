using Ankole.Core;

namespace Ankole.Backup;

/// <summary>A record (.cfg, .lck) whose bytes are not what the format says.</summary>
/// <param name="what">"backup", "volume", "lock", …</param>
/// <param name="position">Where in the file reading stopped, in bytes.</param>
public sealed class RecordDamagedException(string what, string key, long position, string reason)
    : AnkoleException(ErrorKind.Damaged, $"{what} record '{key}' is damaged at byte {position}: {reason}.")
{
    public string Key { get; } = key;

    public long Position { get; } = position;
}
