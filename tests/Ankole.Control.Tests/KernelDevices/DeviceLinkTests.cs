using Ankole.Testing;

namespace Ankole.Control.Tests;

public sealed class DeviceLinkTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_link_is_made_moved_and_removed_and_nothing_is_left_beside_it()
    {
        var link = new DeviceLink(folder["ankole"]);
        Assert.Equal("", link.Make("db", "/dev/nbd0", _ => true));
        Assert.Equal("/dev/nbd0", TargetOf("db"));
        Assert.Equal("", link.Make("db", "/dev/nbd3", _ => false));
        Assert.Equal("/dev/nbd3", TargetOf("db"));
        Assert.Equal(["db"], Directory.EnumerateFileSystemEntries(folder["ankole"]).Select(path => Path.GetFileName(path)));
        link.Remove("db", "/dev/nbd3");
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder["ankole"]));
        link.Remove("db", "/dev/nbd3");
    }

    [Fact]
    public void Somebody_elses_link_is_neither_taken_over_nor_removed()
    {
        var link = new DeviceLink(folder["ankole"]);
        link.Make("db", "/dev/nbd0", _ => false);
        Assert.Contains("'/dev/nbd0', which another daemon serves", link.Make("db", "/dev/nbd1", path => path == "/dev/nbd0"), StringComparison.Ordinal);
        link.Remove("db", "/dev/nbd1");
        Assert.Equal("/dev/nbd0", TargetOf("db"));
    }

    [Fact]
    public void What_is_no_link_stays_and_is_named()
    {
        var link = new DeviceLink(folder["ankole"]);
        Directory.CreateDirectory(folder["ankole"]);
        File.WriteAllText(Path.Combine(folder["ankole"], "db"), "mine");
        Assert.Contains("is no link: remove it", link.Make("db", "/dev/nbd1", _ => false), StringComparison.Ordinal);
        Assert.Equal("mine", File.ReadAllText(Path.Combine(folder["ankole"], "db")));
    }

    private string? TargetOf(string volume) => new FileInfo(Path.Combine(folder["ankole"], volume)).LinkTarget;
}
