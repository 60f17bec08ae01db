namespace Ankole.Backup;

/// <summary>How a step of a target's test ended.</summary>
public enum ProbeResult
{
    Passed,

    /// <summary>Backups work, but something will cost money, time or safety.</summary>
    Warning,

    /// <summary>Could not be looked at, and backups do not need it.</summary>
    Unknown,

    /// <summary>Backups will not work.</summary>
    Failed,
}
