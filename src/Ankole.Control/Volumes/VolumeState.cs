namespace Ankole.Control;

/// <summary>Values of <see cref="VolumeStatus.State"/>, Longhorn's words.</summary>
public static class VolumeState
{
    public const string Creating = "creating";
    public const string Detached = "detached";
    public const string Attaching = "attaching";
    public const string Attached = "attached";
    public const string Detaching = "detaching";
    public const string Deleting = "deleting";
}

/// <summary>Values of <see cref="VolumeStatus.Robustness"/>, Longhorn's words.</summary>
public static class VolumeRobustness
{
    public const string Healthy = "healthy";

    /// <summary>It works, with fewer copies than were asked for.</summary>
    public const string Degraded = "degraded";

    /// <summary>No copy can be used.</summary>
    public const string Faulted = "faulted";

    /// <summary>Detached: nobody looks.</summary>
    public const string Unknown = "unknown";
}

/// <summary>Types of a volume's conditions.</summary>
public static class VolumeCondition
{
    public const string Scheduled = "Scheduled";
    public const string Restore = "Restore";
    public const string TooManySnapshots = "TooManySnapshots";

    /// <summary>Whether the attached volume has a device of the kernel beside its NBD address.</summary>
    public const string BlockDevice = "BlockDevice";
}
