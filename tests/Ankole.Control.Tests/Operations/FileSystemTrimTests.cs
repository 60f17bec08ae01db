using Ankole.Core;
using Ankole.Testing;

namespace Ankole.Control.Tests;

public sealed class FileSystemTrimTests
{
    [Fact]
    public void The_mount_of_a_device_is_the_writable_one_whatever_its_path_looks_like()
    {
        string[] mounts =
        [
            "36 35 98:0 / /other rw,noatime shared:1 - ext4 /dev/ankole-a rw",
            "37 35 43:0 / /read\\040only ro,relatime - ext4 /dev/ankole-b ro",
            "38 35 43:0 / /mnt/my\\040data rw,relatime shared:2 master:3 - ext4 /dev/ankole-b rw,errors=continue",
        ];
        Assert.Equal("/mnt/my data", FileSystemTrim.FindMount("/dev/ankole-b", mounts));
        Assert.Null(FileSystemTrim.FindMount("/dev/ankole-c", mounts));
    }

    [Fact]
    public async Task A_real_file_system_is_found_by_its_device_or_a_link_to_it_and_says_what_it_does_not_use()
    {
        Assert.SkipUnless(SmallFileSystem.WhyMissing() is null, SmallFileSystem.WhyMissing() ?? "");
        using var folder = new TemporaryFolder();
        var small = new SmallFileSystem(folder["my files"]);
        await small.CreateAsync(64);
        try
        {
            var device = (await ProcessRun.RunAsync("findmnt", ["-no", "SOURCE", folder["my files"]])).MustSucceed().Output.Trim();
            File.CreateSymbolicLink(folder["link"], device);
            Assert.Equal(folder["my files"], FileSystemTrim.FindMount(device, File.ReadLines("/proc/self/mountinfo")));
            Assert.Equal(folder["my files"], FileSystemTrim.FindMount(folder["link"], File.ReadLines("/proc/self/mountinfo")));
            Assert.InRange(await FileSystemTrim.RunAsync(folder["my files"], TestContext.Current.CancellationToken), 32 << 20, 64 << 20);
        }
        finally
        {
            await small.WipeAsync();
        }
    }

    [Fact]
    public async Task A_refusal_of_fstrim_is_told()
    {
        var refused = await Assert.ThrowsAsync<AnkoleException>(() => FileSystemTrim.RunAsync("/nowhere/at/all", TestContext.Current.CancellationToken));
        Assert.Contains("/nowhere/at/all", refused.Message);
    }
}
