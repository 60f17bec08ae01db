using System.Globalization;

namespace Ankole.Control;

/// <summary>Who uses a block device: mounts of every mount namespace, swap, devices built upon it, processes that have it open. Its partitions count, too.</summary>
/// <param name="proc">Usually <c>/proc</c>.</param>
/// <param name="sys">Usually <c>/sys</c>.</param>
internal sealed class DeviceUsers(string proc = "/proc", string sys = "/sys")
{
    /// <summary>More are not named.</summary>
    private const int MaxNamed = 5;

    /// <param name="name">As <c>nbd0</c>.</param>
    /// <returns>Empty, or words like "it is mounted at '/mnt'; 'dd' (process 12) has it open".</returns>
    public string Describe(string name)
    {
        var (names, numbers) = WithPartitions(name);
        List<string> users =
        [
            .. FindMounts(numbers).Select(where => $"it is mounted at '{where}'"),
            .. FindSwap(names).Select(what => $"'{what}' is swap space"),
            .. FindHolders(name, names).Select(holder => $"/dev/{holder} is built upon it"),
            .. FindOpen(names).Select(process => $"'{process.Command}' (process {process.Id}) has it open"),
        ];
        return string.Join("; ", users.Take(MaxNamed)) + (users.Count > MaxNamed ? $"; and {users.Count - MaxNamed} more" : "");
    }

    private (HashSet<string> Names, HashSet<string> Numbers) WithPartitions(string name)
    {
        var folder = Path.Combine(sys, "block", name);
        HashSet<string> names = [name], numbers = [ReadNumber(folder)];
        if (!Directory.Exists(folder))
            return (names, numbers);
        foreach (var partition in Directory.EnumerateDirectories(folder, name + "p*"))
        {
            names.Add(Path.GetFileName(partition));
            numbers.Add(ReadNumber(partition));
        }
        return (names, numbers);
    }

    private static string ReadNumber(string folder)
    {
        var file = Path.Combine(folder, "dev");
        return File.Exists(file) ? File.ReadAllText(file).Trim() : "";
    }

    /// <summary>The third field of a line is the device's number, the fifth the mount point (proc_pid_mountinfo(5)).</summary>
    private SortedSet<string> FindMounts(HashSet<string> numbers)
    {
        var (found, seen) = (new SortedSet<string>(StringComparer.Ordinal), new HashSet<string>());
        foreach (var (_, process) in Processes())
        {
            try
            {
                var space = new FileInfo(Path.Combine(process, "ns/mnt")).LinkTarget;
                if (space is not null && !seen.Add(space))
                    continue;
                foreach (var line in File.ReadLines(Path.Combine(process, "mountinfo")))
                    if (line.Split(' ') is { Length: > 4 } fields && numbers.Contains(fields[2]))
                        found.Add(fields[4].Replace("\\040", " ", StringComparison.Ordinal));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // The process has ended meanwhile.
            }
        }
        return found;
    }

    private IEnumerable<string> FindSwap(HashSet<string> names)
    {
        var file = Path.Combine(proc, "swaps");
        return File.Exists(file)
            ? File.ReadLines(file).Select(line => line.Split(' ')[0]).Where(path => path.StartsWith("/dev/", StringComparison.Ordinal) && names.Contains(path[5..]))
            : [];
    }

    private IEnumerable<string> FindHolders(string name, HashSet<string> names) => names
        .Select(each => Path.Combine(sys, "block", name, each == name ? "holders" : Path.Combine(each, "holders")))
        .Where(Directory.Exists).SelectMany(Directory.EnumerateFileSystemEntries).Select(path => Path.GetFileName(path)!);

    private IEnumerable<(string Id, string Command)> FindOpen(HashSet<string> names)
    {
        foreach (var (id, process) in Processes())
        {
            if (id == Environment.ProcessId.ToString(CultureInfo.InvariantCulture))
                continue;
            string? command = null;
            try
            {
                if (Directory.EnumerateFileSystemEntries(Path.Combine(process, "fd"))
                    .Any(fd => new FileInfo(fd).LinkTarget is { } target && target.StartsWith("/dev/", StringComparison.Ordinal) && names.Contains(target[5..])))
                    command = File.ReadAllText(Path.Combine(process, "comm")).Trim();
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // The process has ended meanwhile.
            }
            if (command is not null)
                yield return (id, command);
        }
    }

    private IEnumerable<(string Id, string Path)> Processes() => Directory.EnumerateDirectories(proc)
        .Select(path => (Id: Path.GetFileName(path), Path: path)).Where(process => process.Id.All(char.IsAsciiDigit));
}
