using System.Text.RegularExpressions;

namespace Ankole.Files;

/// <summary>What the system means to mount (fstab(5)) against what is mounted (proc_pid_mountinfo(5)).</summary>
/// <remarks>Where the two tables cannot be read, nothing is known to be missing.</remarks>
public sealed partial class MountTable(string fstab, string mountInfo)
{
    /// <summary>Of a line of fstab: device, mount point …</summary>
    private const int FstabPoint = 1;

    /// <summary>Of a line of mountinfo: mount id, parent, device, root, mount point …</summary>
    private const int MountInfoPoint = 4;

    public static MountTable System { get; } = new("/etc/fstab", "/proc/self/mountinfo");

    /// <summary>The mount point at or above the directory that fstab names and on which nothing is mounted; null when there is none.</summary>
    public string? FindMissing(string directory)
    {
        var wanted = Points(fstab, FstabPoint).Where(point => point.Length > 1 && IsAtOrBelow(directory, point)).ToList();
        if (wanted.Count == 0)
            return null;
        var mounted = Points(mountInfo, MountInfoPoint).ToHashSet(StringComparer.Ordinal);
        return mounted.Count == 0 ? null : wanted.Find(point => !mounted.Contains(point));
    }

    /// <summary>The mount point at or above the directory, the deepest one; the root where the table cannot be read.</summary>
    public string FindMounted(string directory) =>
        Points(mountInfo, MountInfoPoint).Where(point => point.Length > 1 && IsAtOrBelow(directory, point)).MaxBy(point => point.Length) ?? "/";

    private static bool IsAtOrBelow(string directory, string point) =>
        directory == point || (directory.StartsWith(point, StringComparison.Ordinal) && directory[point.Length] == '/');

    private static List<string> Points(string table, int field)
    {
        var points = new List<string>();
        if (!File.Exists(table))
            return points;
        foreach (var line in File.ReadLines(table))
        {
            var fields = line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            if (fields.Length > field && !fields[0].StartsWith('#') && fields[field].StartsWith('/'))
                points.Add(Unescape(fields[field].TrimEnd('/')));
        }
        return points;
    }

    /// <summary>Blanks and backslashes are written as three octal digits in both tables.</summary>
    private static string Unescape(string text) => OctalEscape().Replace(text, match => ((char)Convert.ToInt32(match.Groups[1].Value, 8)).ToString());

    [GeneratedRegex(@"\\([0-7]{3})")]
    private static partial Regex OctalEscape();
}
