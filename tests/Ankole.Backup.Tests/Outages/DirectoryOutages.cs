using Ankole.Testing;

namespace Ankole.Backup.Tests;

/// <summary>A directory on a file system of its own: unmounted (which is its way to die), mounted again, full, read-only.</summary>
public sealed class DirectoryOutages : OutageTable, IAsyncLifetime
{
    private readonly TemporaryFolder folder = new();
    private SmallFileSystem? disk;

    private string Root => Path.Combine(folder["disk"], "backups");

    public async ValueTask InitializeAsync()
    {
        if (SmallFileSystem.WhyMissing() is not null)
            return;
        disk = new SmallFileSystem(folder["disk"]);
        await disk.CreateAsync(mebibytes: 24);
    }

    public async ValueTask DisposeAsync()
    {
        if (disk is not null)
            await disk.WipeAsync();
        folder.Dispose();
    }

    protected override string? WhyNot(Harm harm) => harm is Harm.Frozen or Harm.FrozenAndInterrupted
        ? "a frozen file system holds its users in the kernel; nfs:// is the way out of that (docs/targets.md)"
        : SmallFileSystem.WhyMissing();

    protected override ValueTask<IObjectStore> OpenStoreAsync(ObjectStoreOptions options) => ReopenStoreAsync();

    protected override ValueTask<IObjectStore> ReopenStoreAsync() =>
        ValueTask.FromResult(ObjectStores.Open(TargetUrl.Parse($"file://{Root}"), TargetCredentials.None, new ObjectStoreOptions()));

    protected override async Task DoAsync(Harm harm)
    {
        switch (harm)
        {
            case Harm.Killed:
                await disk!.UnmountAsync();
                break;
            case Harm.Restarted:
                await disk!.UnmountAsync();
                await disk.MountAsync();
                break;
            case Harm.Full:
                await disk!.FillAsync();
                break;
            default:
                await disk!.MakeReadOnlyAsync();
                break;
        }
    }

    protected override async Task UndoAsync(Harm harm)
    {
        switch (harm)
        {
            case Harm.Killed:
                Assert.Empty(Directory.EnumerateFileSystemEntries(folder["disk"]));
                await disk!.MountAsync();
                break;
            case Harm.Full:
                disk!.MakeRoom();
                break;
            case Harm.ReadOnly:
                await disk!.MakeWritableAsync();
                break;
        }
    }

    /// <summary>A write in flight may meet the moment between the two.</summary>
    protected override bool MustSucceed(Operation operation, Harm harm) => harm != Harm.Restarted && base.MustSucceed(operation, harm);

    protected override bool MaySucceed(Operation operation, Harm harm) => harm == Harm.Restarted || base.MaySucceed(operation, harm);

    protected override string CauseOf(Harm harm) => harm switch
    {
        Harm.Killed => "does not exist. Is it mounted\\?|is no longer the directory that it was",
        Harm.Restarted => "does not exist|is no longer the directory that it was|Could not find",
        Harm.Full => "[Nn]o space left|space is left",
        _ => "[Rr]ead-only",
    };
}
