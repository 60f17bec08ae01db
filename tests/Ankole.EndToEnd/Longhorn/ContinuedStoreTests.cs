using System.Text.Json;
using Ankole.Testing;

namespace Ankole.EndToEnd.Longhorn;

/// <summary>Stores that Longhorn wrote, gone on with by the command line: the next backup is incremental and everything older stays what it was.</summary>
public sealed class ContinuedStoreTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public static TheoryData<string> Stores => Fixtures.Stores();

    public void Dispose() => folder.Dispose();

    [Theory]
    [MemberData(nameof(Stores))]
    public async Task The_next_backup_is_incremental_and_every_older_one_restores_as_before(string store)
    {
        var target = "vfs://" + Fixtures.CopyStore(store, folder["store"]);
        var damageBefore = await DamageAsync(target);
        foreach (var volume in Fixtures.StoreManifest(store).GetProperty("volumes").EnumerateArray())
        {
            var name = volume.GetProperty("name").GetString()!;
            var last = (await AnkoleCommand.JsonAsync("store", "inspect", $"{target}?volume={name}")).GetProperty("lastBackupName").GetString()!;
            if (last.Length == 0)
                continue;
            var (image, changed) = await ChangeAsync(target, name, last);
            var result = await BackUpAsync(target, name, last, image);

            Assert.True(result.GetProperty("isIncremental").GetBoolean(), result.GetProperty("baseReason").GetString());
            Assert.Equal(last, result.GetProperty("base").GetString());
            Assert.InRange(result.GetProperty("statistics").GetProperty("blocksNew").GetInt64(), 1, changed);
            await MustRestoreAsync(target, name, "backup-ankole", await FileHash.OfAsync(image));
            foreach (var backup in volume.GetProperty("backups").EnumerateArray())
                await MustRestoreAsync(target, name, backup.GetProperty("name").GetString()!, backup.GetProperty("sha256").GetString()!);
        }
        Assert.Equal(damageBefore, await DamageAsync(target));
    }

    /// <summary>The volume as it was at its last backup, with one sector changed in two blocks.</summary>
    private async Task<(string Image, int ChangedBlocks)> ChangeAsync(string target, string volume, string last)
    {
        var image = folder[$"{volume}.img"];
        await AnkoleCommand.MustAsync("store", "restore", $"{target}?backup={last}&volume={volume}", "--to", image);
        await using var file = File.OpenWrite(image);
        foreach (var offset in new[] { 512L, file.Length - 1024 })
        {
            file.Position = offset;
            file.Write("written after Longhorn"u8);
        }
        return (image, 2);
    }

    private static async Task<JsonElement> BackUpAsync(string target, string volume, string last, string image)
    {
        var blockSize = (await AnkoleCommand.JsonAsync("store", "inspect", $"{target}?backup={last}&volume={volume}")).GetProperty("blockSizeBytes");
        return await AnkoleCommand.JsonAsync(
            "store", "backup", image, target, "--volume", volume, "--backup", "backup-ankole", "--block-size", $"{blockSize}");
    }

    private async Task MustRestoreAsync(string target, string volume, string backup, string sha256)
    {
        var restored = folder["restored.img"];
        await AnkoleCommand.MustAsync("store", "restore", $"{target}?backup={backup}&volume={volume}", "--to", restored, "--force", "--no-lock");
        Assert.Equal(sha256, await FileHash.OfAsync(restored));
    }

    private static async Task<int> DamageAsync(string target) =>
        (await AnkoleCommand.JsonAsync("store", "verify", target)).GetProperty("damage").GetArrayLength();
}
