namespace Ankole.Testing;

/// <summary>A small ext4 file system of its own on a loop device, that tests may fill, make read-only, take away and bring back.</summary>
/// <param name="mountPoint">Made when it is missing.</param>
public sealed class SmallFileSystem(string mountPoint)
{
    /// <summary>An open file stands in the way of a remount; those of requests in flight are closed within this time.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private string Image => mountPoint + ".img";

    private string Filler => Path.Combine(mountPoint, ".filler");

    /// <summary>Null where file systems can be mounted.</summary>
    public static string? WhyMissing() =>
        Environment.IsPrivilegedProcess && File.Exists("/dev/loop-control") && File.Exists("/usr/sbin/mkfs.ext4")
            ? null
            : "mounting a small file system takes root, loop devices and mkfs.ext4";

    public async Task CreateAsync(int mebibytes)
    {
        Directory.CreateDirectory(mountPoint);
        await using (var image = File.Create(Image))
            image.SetLength((long)mebibytes << 20);
        // No reserved blocks: root shall meet the end of the space where everybody does.
        await MustAsync("mkfs.ext4", "-q", "-F", "-m", "0", Image);
        await MountAsync();
    }

    public Task MountAsync() => MustAsync("mount", "-o", "loop", Image, mountPoint);

    /// <summary>Takes it away at once, as a cable that is pulled; who has files open keeps them.</summary>
    public Task UnmountAsync() => MustAsync("umount", "-l", mountPoint);

    /// <summary>Leaves not a byte.</summary>
    public async Task FillAsync()
    {
        await ProcessRun.RunAsync("fallocate", ["-l", $"{new DriveInfo(mountPoint).AvailableFreeSpace}", Filler]);
        await ProcessRun.RunAsync("dd", ["if=/dev/zero", $"of={Filler}.2", "bs=512"]);
    }

    public void MakeRoom()
    {
        File.Delete(Filler);
        File.Delete(Filler + ".2");
    }

    public async Task MakeReadOnlyAsync()
    {
        for (var started = TimeProvider.System.GetTimestamp(); ; await Task.Delay(50))
        {
            var run = await ProcessRun.RunAsync("mount", ["-o", "remount,ro", mountPoint]);
            if (run.ExitCode == 0)
                return;
            if (TimeProvider.System.GetElapsedTime(started) > Patience)
                run.MustSucceed();
        }
    }

    public Task MakeWritableAsync() => MustAsync("mount", "-o", "remount,rw", mountPoint);

    /// <summary>Unmounts it, mounted or not, and deletes it.</summary>
    public async Task WipeAsync()
    {
        while ((await ProcessRun.RunAsync("mountpoint", ["-q", mountPoint])).ExitCode == 0)
            await UnmountAsync();
        File.Delete(Image);
        Directory.Delete(mountPoint);
    }

    private static async Task MustAsync(string program, params string[] arguments) => (await ProcessRun.RunAsync(program, arguments)).MustSucceed();
}
