using System.Diagnostics;

namespace Ankole.Backup.Tests;

public sealed class ProcessTableTests
{
    private static LockHolder Self => ProcessTable.System.Self;

    [Fact]
    public void This_process_is_known_and_alive()
    {
        Assert.NotEmpty(Self.Boot);
        Assert.StartsWith("pid:[", Self.PidNamespace, StringComparison.Ordinal);
        Assert.Equal(Environment.ProcessId, Self.Pid);
        Assert.True(Self.StartTicks > 0);
        Assert.False(ProcessTable.System.IsGone(Self));
    }

    [Fact]
    public void A_process_that_took_over_the_id_is_another_one() =>
        Assert.True(ProcessTable.System.IsGone(Self with { StartTicks = Self.StartTicks - 1 }));

    [Fact]
    public void Of_another_boot_namespace_or_unknown_holder_nothing_is_certain()
    {
        var dead = Self with { StartTicks = Self.StartTicks - 1 };
        Assert.False(ProcessTable.System.IsGone(dead with { Boot = "another" }));
        Assert.False(ProcessTable.System.IsGone(dead with { PidNamespace = "pid:[1]" }));
        Assert.False(ProcessTable.System.IsGone(dead with { StartTicks = 0 }));
        Assert.False(ProcessTable.System.IsGone(LockHolder.Unknown));
    }

    [Fact]
    public void A_process_that_was_killed_is_gone()
    {
        using var child = Process.Start(new ProcessStartInfo("sleep", "60") { UseShellExecute = false })!;
        var stat = File.ReadAllText($"/proc/{child.Id}/stat");
        var holder = Self with { Pid = child.Id, StartTicks = long.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[19]) };
        Assert.False(ProcessTable.System.IsGone(holder));
        child.Kill();
        child.WaitForExit();
        Assert.True(ProcessTable.System.IsGone(holder));
    }
}
