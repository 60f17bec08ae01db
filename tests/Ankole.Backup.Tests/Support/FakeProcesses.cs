namespace Ankole.Backup.Tests;

/// <summary>Processes that live until a test says that they were killed.</summary>
internal sealed class FakeProcesses(long pid, HashSet<long> killed) : ProcessTable
{
    public override LockHolder Self { get; } = new("host", "boot", "pid:[1]", pid, 1, "", "");

    public override bool IsGone(LockHolder holder) => holder.Boot == "boot" && killed.Contains(holder.Pid);
}
