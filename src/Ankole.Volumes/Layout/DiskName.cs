using System.Globalization;

namespace Ankole.Volumes;

/// <summary>
/// The names in a replica directory (Longhorn replica format, sections 1 and 3). A <em>disk</em> is named by its data file; its record is that name
/// plus <c>.meta</c>.
/// </summary>
internal static class DiskName
{
    public const string VolumeRecord = "volume.meta";
    public const string RevisionCounter = "revision.counter";
    public const string Meta = ".meta";
    public const string Checksum = ".checksum";

    private const string HeadPrefix = "volume-head-";
    private const string SnapshotPrefix = "volume-snap-";
    private const string DeltaPrefix = "volume-delta-";
    private const string Image = ".img";

    public static string FirstHead => HeadOf(0);

    public static string OfSnapshot(string snapshot) => SnapshotPrefix + snapshot + Image;

    /// <summary>The snapshot a disk is, or null for a head or a name of another kind.</summary>
    public static string? SnapshotOf(string disk) =>
        disk.StartsWith(SnapshotPrefix, StringComparison.Ordinal) && disk.EndsWith(Image, StringComparison.Ordinal)
        && disk.Length > SnapshotPrefix.Length + Image.Length
            ? disk[SnapshotPrefix.Length..^Image.Length]
            : null;

    /// <summary>True for <c>volume-head-</c>, at least one digit, <c>.img</c>.</summary>
    public static bool IsHead(string disk) =>
        disk.StartsWith(HeadPrefix, StringComparison.Ordinal) && disk.EndsWith(Image, StringComparison.Ordinal)
        && disk.Length > HeadPrefix.Length + Image.Length
        && disk.AsSpan()[HeadPrefix.Length..^Image.Length].IndexOfAnyExceptInRange('0', '9') < 0;

    /// <summary>A data file that an incremental restore fills and then folds into its snapshot.</summary>
    public static bool IsDelta(string disk) => disk.StartsWith(DeltaPrefix, StringComparison.Ordinal);

    /// <summary>Longhorn takes only the last digit of the present number and adds one: 000 … 009, 010, 001 …</summary>
    public static string NextHead(string head) => HeadOf(head[^(Image.Length + 1)] - '0' + 1);

    /// <summary>What an interrupted write of a record leaves behind: never read, safe to delete.</summary>
    public static bool IsLeftover(string name) =>
        name.EndsWith(".tmp", StringComparison.Ordinal) || name.Contains(".tmp.", StringComparison.Ordinal);

    private static string HeadOf(int number) => HeadPrefix + number.ToString("000", CultureInfo.InvariantCulture) + Image;
}
