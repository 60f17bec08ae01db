using Ankole.Testing;

namespace Ankole.Control.Tests;

/// <summary>On folders that look like /proc and /sys.</summary>
public sealed class DeviceUsersTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public DeviceUsersTests()
    {
        Write("sys/block/nbd1/dev", "43:32\n");
        Write("sys/block/nbd1/nbd1p1/dev", "43:33\n");
        Write("sys/block/nbd10/dev", "43:320\n");
        Directory.CreateDirectory(folder["sys/block/nbd1/holders"]);
        Write("proc/self/mountinfo", "unread");
        Process("7", "init", "mnt:[1]", "22 1 254:0 / / rw - ext4 /dev/vda rw\n");
    }

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_device_that_nobody_uses_has_no_users() => Assert.Equal("", Describe());

    [Fact]
    public void Mounts_of_every_mount_namespace_are_found_also_of_partitions()
    {
        Process("8", "a", "mnt:[1]", "");
        Process("9", "b", "mnt:[2]", "23 1 43:32 / /var/my\\040data rw - ext4 /dev/nbd1 rw\n24 1 43:33 / /boot rw - ext4 /dev/nbd1p1 rw\n25 1 43:320 / /other rw - ext4 /dev/nbd10 rw\n");
        Assert.Equal("it is mounted at '/boot'; it is mounted at '/var/my data'", Describe());
    }

    [Fact]
    public void Swap_devices_upon_it_and_processes_that_have_it_open_are_named()
    {
        Write("proc/swaps", "Filename Type Size Used Priority\n/dev/nbd1p1 partition 1 0 -2\n/dev/nbd10 partition 1 0 -2\n");
        Directory.CreateDirectory(folder["sys/block/nbd1/holders/dm-0"]);
        Process("9000012", "dd", "mnt:[1]", "", "/dev/nbd1");
        Process("9000013", "cat", "mnt:[1]", "", "/dev/nbd10");
        Assert.Equal("'/dev/nbd1p1' is swap space; /dev/dm-0 is built upon it; 'dd' (process 9000012) has it open", Describe());
    }

    [Fact]
    public void Of_many_users_a_few_are_named()
    {
        for (var i = 9000020; i < 9000029; i++)
            Process($"{i}", "dd", "mnt:[1]", "", "/dev/nbd1");
        Assert.EndsWith("; and 4 more", Describe(), StringComparison.Ordinal);
    }

    private string Describe() => new DeviceUsers(folder["proc"], folder["sys"]).Describe("nbd1");

    private void Process(string id, string command, string space, string mounts, string? open = null)
    {
        Write($"proc/{id}/comm", command + "\n");
        Write($"proc/{id}/mountinfo", mounts);
        Directory.CreateDirectory(folder[$"proc/{id}/ns"]);
        Directory.CreateDirectory(folder[$"proc/{id}/fd"]);
        File.CreateSymbolicLink(folder[$"proc/{id}/ns/mnt"], space);
        if (open is not null)
            File.CreateSymbolicLink(folder[$"proc/{id}/fd/3"], open);
    }

    private void Write(string path, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(folder[path])!);
        File.WriteAllText(folder[path], text);
    }
}
