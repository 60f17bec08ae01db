using Ankole.Backup;

namespace Ankole.Control;

/// <summary>Who this host is, where its data lies, and the bounds of what its controllers do.</summary>
public sealed record HostOptions
{
    /// <summary>Holds <c>replicas/</c> and <c>sockets/</c>.</summary>
    public required string DataFolder { get; init; }

    /// <summary>The Node resource that stands for this host.</summary>
    public required string NodeName { get; init; }

    public string Version { get; init; } = "";

    /// <summary>Attached volumes get block devices where this process may make them.</summary>
    public bool KernelDevices { get; init; }

    public BackupstoreOptions Backupstore { get; init; } = new();

    /// <summary>A backup, restore or operation in which nothing moves for this long is stopped.</summary>
    public TimeSpan StallAfter { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Attempts at a backup or restore that failed for a reason that may pass.</summary>
    public int MaxAttempts { get; init; } = 5;

    /// <summary>The pause before a second attempt; it doubles with each further one.</summary>
    public TimeSpan FirstRetryPause { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>The pause after so many failed attempts.</summary>
    internal TimeSpan RetryPause(int attempts) => FirstRetryPause * Math.Pow(2, Math.Clamp(attempts - 1, 0, 10));
}
