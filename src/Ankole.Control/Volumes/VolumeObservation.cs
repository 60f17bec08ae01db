namespace Ankole.Control;

/// <summary>What one look at a volume found: the part of its status that is the volume reconciler's to write.</summary>
/// <remarks>What a restore or a job writes there meanwhile stays as it is.</remarks>
internal sealed class VolumeObservation(VolumeStatus before)
{
    public string State { get; set; } = before.State.Length == 0 ? VolumeState.Creating : before.State;

    public string Robustness { get; set; } = VolumeRobustness.Unknown;

    public string CurrentNodeID { get; set; } = "";

    public string Endpoint { get; set; } = "";

    public string DevicePath { get; set; } = "";

    public string CurrentSize { get; set; } = before.CurrentSize;

    public long ActualSize { get; set; } = before.ActualSize;

    public bool ExpansionRequired { get; set; }

    public string LastBackup { get; set; } = before.LastBackup;

    public DateTimeOffset? LastBackupAt { get; set; } = before.LastBackupAt;

    public IReadOnlyDictionary<string, AttachmentTicketStatus> Tickets { get; set; } = new Dictionary<string, AttachmentTicketStatus>();

    public List<Condition> Conditions { get; } = [];

    /// <summary>Look again after this long; null: not before a change.</summary>
    public TimeSpan? Again { get; private set; }

    /// <summary>The soonest wish wins.</summary>
    public void LookAgainAfter(TimeSpan pause) => Again = Again is { } sooner && sooner < pause ? sooner : pause;

    public void Fault(string state = VolumeState.Detached)
    {
        State = state;
        Robustness = VolumeRobustness.Faulted;
    }

    public VolumeStatus ApplyTo(VolumeStatus current, long generation, DateTimeOffset now)
    {
        var conditions = Conditions.Aggregate(current.Conditions, (list, condition) => list.With(condition, now));
        return current with
        {
            State = State, Robustness = Robustness, CurrentNodeID = CurrentNodeID, Endpoint = Endpoint, DevicePath = DevicePath, CurrentSize = CurrentSize,
            ActualSize = ActualSize, ExpansionRequired = ExpansionRequired, LastBackup = LastBackup, LastBackupAt = LastBackupAt,
            AttachmentTicketStatuses = Tickets, Conditions = conditions, ObservedGeneration = generation,
        };
    }
}
