using Ankole.Core;

namespace Ankole.Backup;

/// <summary>A block that a record names and that cannot be had back as it was.</summary>
/// <param name="owner">"backup 'b1' of volume 'v1'".</param>
/// <param name="offset">Where the block belongs, in bytes of the volume.</param>
/// <param name="reason">Completes "the block … ".</param>
public sealed class BlockDamagedException(string owner, long offset, string key, string reason)
    : AnkoleException(ErrorKind.Damaged, $"{owner}: the block at offset {offset} ('{key}') {reason}.")
{
    public long Offset { get; } = offset;

    public string Key { get; } = key;
}
