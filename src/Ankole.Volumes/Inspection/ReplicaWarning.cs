namespace Ankole.Volumes;

/// <summary>Something in a replica directory that a person should know; it opened nevertheless.</summary>
public sealed record ReplicaWarning(ReplicaWarningKind Kind, string Message);

/// <summary>What a <see cref="ReplicaWarning"/> is about (Longhorn replica format, section 24).</summary>
public enum ReplicaWarningKind
{
    /// <summary>It was not closed cleanly. Nothing needs to be done.</summary>
    Dirty,

    /// <summary>The data is incomplete.</summary>
    Rebuilding,

    /// <summary><c>volume.meta</c> is missing or empty and was derived from the only head.</summary>
    VolumeRecordMissing,

    /// <summary>Longhorn noted an error.</summary>
    ErrorRecorded,

    /// <summary>A head that is not the live one.</summary>
    SpareHead,

    /// <summary>Two names mean one file: an operation was interrupted.</summary>
    SharedFile,

    /// <summary>A snapshot whose record was lost to a crash before it said who made it.</summary>
    SnapshotOriginUnknown,

    /// <summary>A checksum file older than its data.</summary>
    StaleChecksum,

    /// <summary>A data file outside the live chain is missing.</summary>
    DataMissing,

    /// <summary>A record outside the live chain cannot be read.</summary>
    RecordUnreadable,

    /// <summary>A snapshot's parent is missing, outside the live chain.</summary>
    ParentMissing,

    /// <summary>A data file without a record.</summary>
    RecordMissing,

    /// <summary>A disk whose name is neither a head's nor a snapshot's.</summary>
    UnknownDisk,

    /// <summary>The file system cannot list extents the way Longhorn does.</summary>
    NoExtentMap,
}
