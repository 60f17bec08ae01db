using Ankole.Core;

namespace Ankole.Volumes;

/// <summary>Another process, or another part of this one, has the replica open. Its commands may still go through <see cref="ReplicaControlClient"/>.</summary>
public sealed class ReplicaInUseException(string directory, int processId)
    : AnkoleException(ErrorKind.Busy, $"replica '{directory}' is in use by process {processId}. Stop that process, or let it finish.")
{
    public int ProcessId { get; } = processId;
}
