using Ankole.Core;

namespace Ankole.Backup;

/// <summary>Stored bytes that do not unpack. The reason completes the sentence "the block file …".</summary>
internal sealed class BlockFormatException(string reason) : AnkoleException(ErrorKind.Damaged, reason);
