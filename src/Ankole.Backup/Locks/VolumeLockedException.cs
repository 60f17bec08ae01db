using Ankole.Core;

namespace Ankole.Backup;

/// <summary>Another operation's live lock excludes this one. Nothing was changed.</summary>
public sealed class VolumeLockedException(string message) : AnkoleException(ErrorKind.Busy, message);
