using System.Globalization;
using System.Runtime.InteropServices;

namespace Ankole.Backup;

/// <summary>Processes as /proc and kill(2) show them.</summary>
internal sealed partial class LinuxProcessTable : ProcessTable
{
    private const int ESRCH = 3;

    public override LockHolder Self { get; } = new(
        Environment.MachineName, ReadBoot(), ReadPidNamespace(), Environment.ProcessId, ReadStat(Environment.ProcessId)?.StartTicks ?? 0, "", "");

    public override bool IsGone(LockHolder holder)
    {
        if (holder.Boot.Length == 0 || holder.Boot != Self.Boot || holder.PidNamespace.Length == 0 || holder.PidNamespace != Self.PidNamespace
            || holder.Pid is <= 0 or > int.MaxValue || holder.StartTicks <= 0)
            return false;
        // Another process may have the id by now, or only a corpse that its parent has not buried.
        if (ReadStat(holder.Pid) is { } stat)
            return stat.IsCorpse || stat.StartTicks != holder.StartTicks;
        // Not to be seen is not gone: /proc may hide the processes of others (hidepid).
        return Kill((int)holder.Pid, 0) != 0 && Marshal.GetLastPInvokeError() == ESRCH;
    }

    /// <summary>State and start of a process (proc_pid_stat(5), fields 3 and 22), or null when they cannot be seen.</summary>
    private static (bool IsCorpse, long StartTicks)? ReadStat(long pid)
    {
        // The name in brackets may hold anything; the numbered fields go on after the last one.
        var stat = TryRead($"/proc/{pid}/stat");
        var fields = stat[(stat.LastIndexOf(')') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return fields.Length > 19 ? (fields[0] is "Z" or "X", long.Parse(fields[19], CultureInfo.InvariantCulture)) : null;
    }

    private static string ReadBoot() => TryRead("/proc/sys/kernel/random/boot_id").Trim();

    private static string ReadPidNamespace()
    {
        try
        {
            return new FileInfo("/proc/self/ns/pid").LinkTarget ?? "";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    private static string TryRead(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Kill(int pid, int signal);
}
