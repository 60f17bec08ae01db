using Ankole.Testing;

namespace Ankole.EndToEnd.Targets;

/// <summary>The worst day: the store can be read and nothing else.</summary>
public sealed class ReadOnlyStoreTests : IAsyncLifetime
{
    private readonly TemporaryFolder folder = new();
    private SmallFileSystem? disk;

    private string Url => $"file://{folder["disk"]}?backup=b1&volume=vol";

    public async ValueTask InitializeAsync()
    {
        Assert.SkipWhen(SmallFileSystem.WhyMissing() is not null, SmallFileSystem.WhyMissing() ?? "");
        disk = new SmallFileSystem(folder["disk"]);
        await disk.CreateAsync(mebibytes: 64);
        TestImage.Create(folder["source.img"], 16 << 20, seed: 70);
        await AnkoleCommand.MustAsync("store", "backup", folder["source.img"], $"file://{folder["disk"]}", "--volume", "vol", "--backup", "b1");
    }

    public async ValueTask DisposeAsync()
    {
        if (disk is not null)
            await disk.WipeAsync();
        folder.Dispose();
    }

    [Fact]
    public async Task A_restore_whose_lock_cannot_be_written_says_how_to_do_without_and_does_without()
    {
        await disk!.MakeReadOnlyAsync();

        var refused = await AnkoleCommand.RunAsync("store", "restore", Url, "--to", folder["out.img"]);
        Assert.Equal(6, refused.ExitCode);
        Assert.Contains("Read-only file system", refused.Error, StringComparison.Ordinal);
        Assert.Contains("add --no-lock to read without", refused.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(folder["out.img"]));

        await AnkoleCommand.MustAsync("store", "restore", Url, "--to", folder["out.img"], "--no-lock");
        Assert.Equal(await FileHash.OfAsync(folder["source.img"]), await FileHash.OfAsync(folder["out.img"]));
    }
}
