using Ankole.Testing;

namespace Ankole.Backup.Tests;

/// <summary>What is wrong with a directory, on a file system of its own.</summary>
public sealed class DirectoryProbeTests : IAsyncLifetime
{
    private readonly TemporaryFolder folder = new();
    private SmallFileSystem? disk;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        if (SmallFileSystem.WhyMissing() is not null)
            return;
        disk = new SmallFileSystem(folder["disk"]);
        await disk.CreateAsync(mebibytes: 64);
    }

    public async ValueTask DisposeAsync()
    {
        if (disk is not null)
            await disk.WipeAsync();
        folder.Dispose();
    }

    [Fact]
    public async Task A_full_disk_is_told_with_what_to_do()
    {
        await RequireDisk().FillAsync();
        var steps = await RunAsync(folder["disk"]);
        Assert.Equal(ProbeResult.Warning, steps.Single(step => step.Name == "space").Result);
        var failed = steps.First(step => step.Result == ProbeResult.Failed);
        Assert.Equal("write", failed.Name);
        Assert.Contains("No space left on device. Free space on that file system", failed.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_read_only_disk_is_told_with_what_to_do()
    {
        await RequireDisk().MakeReadOnlyAsync();
        var failed = (await RunAsync(folder["disk"])).First(step => step.Result == ProbeResult.Failed);
        Assert.Equal("write", failed.Name);
        Assert.Contains("Read-only file system. Mount it writable.", failed.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_in_the_place_of_the_directory_is_told()
    {
        await File.WriteAllTextAsync(folder["file"], "x", Token);
        var failed = (await RunAsync(folder["file"])).First(step => step.Result == ProbeResult.Failed);
        Assert.Contains($"'{folder["file"]}' is not a directory", failed.Detail, StringComparison.Ordinal);
    }

    /// <summary>A directory that a test made would be a store on the disk below, where a mount is missing.</summary>
    [Theory]
    [InlineData(true, ProbeResult.Warning, "is not there yet: the first backup makes it")]
    [InlineData(false, ProbeResult.Failed, "does not exist. Is it mounted? Make it if it is meant to be new: mkdir -p '")]
    public async Task A_directory_that_is_not_there_is_told_and_not_made(bool mayCreate, ProbeResult result, string detail)
    {
        var options = new ObjectStoreOptions { MayCreateDirectory = mayCreate };
        var steps = await TargetProbe.RunAsync(TargetUrl.Parse($"file://{folder["gone"]}"), TargetCredentials.None, options, Token).ToListAsync(Token);
        var found = steps.Single(step => step.Name == "directory");
        Assert.Equal(result, found.Result);
        Assert.Contains(detail, found.Detail, StringComparison.Ordinal);
        Assert.DoesNotContain(steps, step => step.Name == "write");
        Assert.False(Directory.Exists(folder["gone"]));
    }

    [Fact]
    public async Task Where_directories_are_not_made_nothing_is_written_below_a_missing_one()
    {
        await using var store = new DirectoryObjectStore(folder["gone"], "file:///gone", new ObjectStoreOptions { MayCreateDirectory = false });
        var batch = store.CreateBatch();
        foreach (var request in new Func<Task>[]
        {
            async () => await store.PutAsync("backupstore/x", new byte[1], Token),
            async () => await store.PutIfAbsentAsync("backupstore/x", new byte[1], Token),
            async () => await batch.PutAsync("backupstore/blocks/x", new byte[1], Token),
        })
            Assert.Contains("does not exist. Is it mounted?", (await Assert.ThrowsAsync<ObjectStoreException>(request)).Message, StringComparison.Ordinal);
        await batch.DisposeAsync();
        Assert.False(Directory.Exists(folder["gone"]));
    }

    [Fact]
    public async Task What_fstab_names_and_nobody_mounted_is_refused_and_never_written_to()
    {
        var point = folder["nas box"];
        Directory.CreateDirectory(Path.Combine(point, "backups"));
        await File.WriteAllTextAsync(
            folder["fstab"], $"# comment\nUUID=1 / ext4 defaults 0 1\nnas:/srv {point.Replace(" ", @"\040", StringComparison.Ordinal)} nfs defaults 0 0\nnone none swap sw 0 0\n", Token);
        await using var store = new DirectoryObjectStore(Path.Combine(point, "backups"), "file:///x")
        {
            Mounts = new Files.MountTable(folder["fstab"], "/proc/self/mountinfo"),
        };
        foreach (var request in new Func<Task>[]
        {
            async () => await store.PutAsync("backupstore/x", new byte[1], Token),
            async () => await store.DeleteAsync(["backupstore/x"], Token),
            async () => await store.GetAsync("backupstore/x", 1, Token),
            async () => await store.ListAsync("backupstore/", Token).ToListAsync(Token),
        })
        {
            var error = await Assert.ThrowsAsync<ObjectStoreException>(request);
            Assert.Contains($"'{point}' is a mount point in /etc/fstab and nothing is mounted there. Mount it (mount {point})", error.Message, StringComparison.Ordinal);
        }
        Assert.Empty(Directory.EnumerateFileSystemEntries(Path.Combine(point, "backups")));
        Assert.Null(new Files.MountTable(folder["fstab"], "/proc/self/mountinfo").FindMissing(folder["nas boxes"]));
        Assert.Null(new Files.MountTable(folder["no such file"], "/proc/self/mountinfo").FindMissing(point));
    }

    [Fact]
    public async Task What_fstab_names_and_is_mounted_is_fine()
    {
        RequireDisk();
        await File.WriteAllTextAsync(folder["fstab"], $"/dev/x {folder["disk"]} ext4 defaults 0 0\n", Token);
        Assert.Null(new Files.MountTable(folder["fstab"], "/proc/self/mountinfo").FindMissing(folder["disk"] + "/backups"));
    }

    private SmallFileSystem RequireDisk()
    {
        Assert.SkipUnless(disk is not null, SmallFileSystem.WhyMissing() ?? "");
        return disk!;
    }

    private static async Task<List<ProbeStep>> RunAsync(string directory) =>
        await TargetProbe.RunAsync(TargetUrl.Parse($"file://{directory}"), TargetCredentials.None, new ObjectStoreOptions(), Token).ToListAsync(Token);
}
