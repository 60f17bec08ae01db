namespace Ankole.Backup;

/// <summary>
/// Who holds a lock: Ankole's own addition to the lock file, which Longhorn ignores. It lets a run on the same host see that the holder was
/// killed, instead of waiting 150 s for the lock to expire.
/// </summary>
/// <param name="Host">For people.</param>
/// <param name="Boot">The kernel's boot id: the same machine, not restarted since.</param>
/// <param name="PidNamespace">Process ids mean something only inside it.</param>
/// <param name="StartTicks">Start of the process in clock ticks since boot (proc_pid_stat(5), field 22): tells a reused id.</param>
/// <param name="Operation">"backup", "restore", "deletion".</param>
/// <param name="Backup">The backup that is being written, or empty.</param>
internal sealed record LockHolder(string Host, string Boot, string PidNamespace, long Pid, long StartTicks, string Operation, string Backup)
{
    public static LockHolder Unknown { get; } = new("", "", "", 0, 0, "", "");
}
