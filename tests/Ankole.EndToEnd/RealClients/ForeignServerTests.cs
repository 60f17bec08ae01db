using System.Text.Json;
using Ankole.Testing;

namespace Ankole.EndToEnd.RealClients;

/// <summary>Backups from, and restores onto, NBD servers of others.</summary>
public sealed class ForeignServerTests : IDisposable
{
    private const int SizeMiB = 64;

    private readonly TemporaryFolder folder = new();

    private string Store => $"file://{folder["store"]}";

    private string BackupUrl => $"{Store}?backup=first&volume=vol";

    public ForeignServerTests() => Directory.CreateDirectory(folder["store"]);

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task A_qcow2_image_is_backed_up_through_qemu_nbd_and_incrementally_again()
    {
        Peer.Require("qemu-nbd");
        TestImage.Create(folder["in.img"], SizeMiB << 20, seed: 25);
        await Peer.MustAsync("qemu-img", "convert", "-f", "raw", "-O", "qcow2", folder["in.img"], folder["in.qcow2"]);
        await using var server = await ForeignServer.QemuNbdAsync(folder["in.qcow2"], "qcow2", folder["q.sock"]);

        var first = await BackUpAsync(server.Uri, "first");
        await QemuIo.MustAsync(server.Uri, "write -P 0x77 20M 4k", "flush");
        var second = await BackUpAsync(server.Uri, "second");

        Assert.False(first.GetProperty("isIncremental").GetBoolean());
        Assert.True(second.GetProperty("isIncremental").GetBoolean());
        Assert.Equal(1, second.GetProperty("statistics").GetProperty("blocksNew").GetInt64());
        Assert.True(first.GetProperty("statistics").GetProperty("bytesRead").GetInt64() < SizeMiB << 20, "holes were read");
        await AnkoleCommand.MustAsync("store", "restore", BackupUrl, "--to", folder["out.img"]);
        Assert.Equal(await FileHash.OfAsync(folder["in.img"]), await FileHash.OfAsync(folder["out.img"]));
        await AnkoleCommand.MustAsync("store", "restore", $"{Store}?backup=second&volume=vol", "--to", folder["second.img"]);
        await Peer.MustAsync("qemu-img", "compare", "-f", "raw", "-F", "raw", folder["second.img"], server.Uri);
    }

    [Fact]
    public async Task A_backup_is_restored_onto_a_qcow2_image_through_qemu_nbd()
    {
        await MakeBackupAsync();
        await Peer.MustAsync("qemu-img", "create", "-f", "qcow2", folder["out.qcow2"], $"{SizeMiB}M");
        await using (var server = await ForeignServer.QemuNbdAsync(folder["out.qcow2"], "qcow2", folder["q.sock"]))
            await AnkoleCommand.MustAsync("store", "restore", BackupUrl, "--to", server.Uri);

        await Peer.MustAsync("qemu-img", "check", folder["out.qcow2"]);
        await Peer.MustAsync("qemu-img", "compare", "-f", "raw", "-F", "qcow2", folder["in.img"], folder["out.qcow2"]);
    }

    [Fact]
    public async Task A_backup_is_restored_onto_a_used_device_only_by_force_and_hides_what_was_there()
    {
        await MakeBackupAsync();
        await using var server = await ForeignServer.NbdkitAsync(folder["k.sock"], "memory", $"{SizeMiB}M");
        await QemuIo.MustAsync(server.Uri, $"write -P 0xee 0 {SizeMiB}M");

        var refused = await AnkoleCommand.RunAsync("store", "restore", BackupUrl, "--to", server.Uri);
        Assert.Equal(7, refused.ExitCode);
        Assert.Contains("holds data", refused.Error, StringComparison.Ordinal);
        await QemuIo.MustAsync(server.Uri, $"read -P 0xee 0 {SizeMiB}M");

        await AnkoleCommand.MustAsync("store", "restore", BackupUrl, "--to", server.Uri, "--force");
        await Peer.MustAsync("qemu-img", "compare", "-f", "raw", "-F", "raw", folder["in.img"], server.Uri);
    }

    [Theory]
    [InlineData("--filter=blocksize-policy", "blocksize-minimum=4096", "blocksize-error-policy=error")]
    [InlineData("--filter=nozero", "--filter=noextents")]
    [InlineData("--filter=multi-conn", "--filter=fua", "multi-conn-mode=disable")]
    public async Task A_backup_is_restored_onto_servers_that_can_do_less(params string[] options)
    {
        await MakeBackupAsync();
        string[] filters = [.. options.Where(option => option.StartsWith('-'))];
        string[] settings = [.. options.Where(option => !option.StartsWith('-'))];
        await using var server = await ForeignServer.NbdkitAsync(folder["k.sock"], [.. filters, "memory", $"{SizeMiB}M", .. settings]);

        await AnkoleCommand.MustAsync("store", "restore", BackupUrl, "--to", server.Uri, "--force");

        await Peer.MustAsync("qemu-img", "compare", "-f", "raw", "-F", "raw", folder["in.img"], server.Uri);
    }

    [Fact]
    public async Task A_destination_that_is_too_small_or_read_only_is_refused_untouched()
    {
        await MakeBackupAsync();
        await using var small = await ForeignServer.NbdkitAsync(folder["s.sock"], "memory", $"{SizeMiB - 1}M");
        await using var readOnly = await ForeignServer.NbdkitAsync(folder["r.sock"], "-r", "memory", $"{SizeMiB}M");

        var tooSmall = await AnkoleCommand.RunAsync("store", "restore", BackupUrl, "--to", small.Uri);
        var refused = await AnkoleCommand.RunAsync("store", "restore", BackupUrl, "--to", readOnly.Uri);

        Assert.Equal(2, tooSmall.ExitCode);
        Assert.Contains($"has {(SizeMiB - 1) << 20} bytes", tooSmall.Error, StringComparison.Ordinal);
        Assert.Equal(7, refused.ExitCode);
        Assert.Contains("read-only", refused.Error, StringComparison.Ordinal);
        await QemuIo.MustAsync(small.Uri, $"read -P 0 0 {SizeMiB - 1}M");
    }

    private async Task MakeBackupAsync()
    {
        Peer.Require("qemu-img", "qemu-nbd", "qemu-io", "nbdkit");
        TestImage.Create(folder["in.img"], SizeMiB << 20, seed: 26);
        await BackUpAsync(folder["in.img"], "first");
    }

    private Task<JsonElement> BackUpAsync(string source, string backup) =>
        AnkoleCommand.JsonAsync("store", "backup", source, Store, "--volume", "vol", "--backup", backup);
}
