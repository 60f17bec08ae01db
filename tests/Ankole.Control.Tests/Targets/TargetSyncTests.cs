using Ankole.Backup;
using Microsoft.Extensions.Time.Testing;

namespace Ankole.Control.Tests;

/// <summary>Whatever a target shows or hides, nothing is lost here: only a person removes.</summary>
public sealed class TargetSyncTests
{
    private static readonly DateTimeOffset Beginning = new(2026, 6, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task Backups_that_another_system_wrote_appear_with_their_labels_and_names()
    {
        await using var host = await TestHost.StartAsync();
        await host.UseTargetAsync("file://" + CopyOfFixture(host, "lz4-full-two-incrementals"));
        var volumes = await ListAsync(host, Kinds.BackupVolume);
        var volume = Assert.Single(volumes);
        Assert.Equal(StoreNames.BackupVolume("default", volume.Spec.VolumeName), volume.Name);
        Assert.Equal("default", volume.Metadata.Labels[SystemNames.BackupTargetLabel]);
        Assert.Equal(volume.Spec.VolumeName, volume.Metadata.Labels[SystemNames.BackupVolumeLabel]);
        Assert.Equal(3, volume.Status.BackupCount);
        var backups = await ListAsync(host, Kinds.Backup);
        Assert.Equal(3, backups.Count);
        Assert.All(backups, backup =>
        {
            Assert.Equal(BackupState.Completed, backup.Status.State);
            Assert.True(backup.Spec.Mirrored);
            Assert.Contains($"?backup={backup.StoredName()}&volume={volume.Spec.VolumeName}", backup.Status.Url);
            Assert.NotNull(backup.Status.BackupCreatedAt);
        });
        Assert.Contains(backups, backup => backup.StoredName() == volume.Status.LastBackupName);
    }

    [Theory]
    [InlineData("gzip-middle-backup-deleted")]
    [InlineData("legacy-gzip-no-compression-field")]
    [InlineData("none-full-and-incremental")]
    public async Task A_foreign_backup_restores_into_a_volume(string fixture)
    {
        await using var host = await TestHost.StartAsync();
        await host.UseTargetAsync("file://" + CopyOfFixture(host, fixture));
        var backup = (await ListAsync(host, Kinds.Backup)).OrderBy(found => found.Name, StringComparer.Ordinal).Last();
        await host.CreateVolumeAsync("copy", size: 0, spec => spec with { FromBackup = backup.Status.Url });
        await host.VolumeAsync("copy", volume => volume.Status is { RestoreRequired: false, State: VolumeState.Detached } && volume.Status.LastRestoredBackup.Length > 0);
        var bytes = await host.ReadAllAsync("copy");
        Assert.Equal(ExpectedSha256(fixture, backup.StoredName()), Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(bytes)));
    }

    [Fact]
    public async Task Garbage_in_a_target_is_named_and_hides_nothing_else()
    {
        await using var host = await TestHost.StartAsync();
        var folder = CopyOfFixture(host, "lz4-full-two-incrementals");
        var records = Directory.GetFiles(folder, "backup_*.cfg", SearchOption.AllDirectories).Order(StringComparer.Ordinal).ToList();
        await File.WriteAllTextAsync(records[0], "{\"Name\": garbage", TestHost.Token);
        await File.WriteAllTextAsync(Path.Combine(Path.GetDirectoryName(records[0])!, "notes.txt"), "hello", TestHost.Token);
        Directory.CreateDirectory(Path.Combine(folder, "backupstore/volumes/00/11/not a volume!"));
        await File.WriteAllBytesAsync(Path.Combine(folder, "backupstore/volumes/00/11/not a volume!/volume.cfg"), [0xff, 0xfe, 0x00], TestHost.Token);
        var target = await host.UseTargetAsync("file://" + folder);
        Assert.True(target.Status.Available);
        var backups = await ListAsync(host, Kinds.Backup);
        Assert.Equal(2, backups.Count(backup => backup.Status.State == BackupState.Completed));
        var broken = Assert.Single(backups, backup => backup.Status.State == BackupState.Error);
        Assert.Contains(Path.GetFileName(records[0]), broken.Status.Error);
        Assert.Equal("{\"Name\": garbage", await File.ReadAllTextAsync(records[0], TestHost.Token));
    }

    [Fact]
    public async Task A_target_that_lists_nothing_takes_nothing_away()
    {
        var time = new FakeTimeProvider(Beginning);
        await using var host = await TestHost.StartAsync(time);
        await WithTwoBackupsAsync(host);
        host.ObjectStores.Plan = request => request.Kind is StoreRequestKind.List or StoreRequestKind.ListFolders ? StoreFault.SaysAbsent : StoreFault.None;
        var target = await host.LookAgainAsync();
        Assert.True(target.Status.Conditions.IsTrue("Stale"), "the target shows less");
        Assert.Contains("Nothing was removed here", target.Status.Conditions.Find("Stale")!.Message);
        await AssertBothThereAsync(host, BackupState.Completed);
        Assert.All(await ListAsync(host, Kinds.BackupVolume), volume => Assert.True(volume.Status.Conditions.IsTrue("Stale")));

        host.ObjectStores.Plan = _ => StoreFault.None;
        target = await host.LookAgainAsync();
        Assert.False(target.Status.Conditions.IsTrue("Stale"));
        Assert.All(await ListAsync(host, Kinds.BackupVolume), volume => Assert.False(volume.Status.Conditions.IsTrue("Stale")));
    }

    [Fact]
    public async Task A_listing_that_lacks_a_backup_which_is_there_is_not_believed()
    {
        var time = new FakeTimeProvider(Beginning);
        await using var host = await TestHost.StartAsync(time);
        await WithTwoBackupsAsync(host);
        host.ObjectStores.Plan = request => request.Kind == StoreRequestKind.List && request.Key.EndsWith("backups/", StringComparison.Ordinal) ? StoreFault.Truncated : StoreFault.None;
        for (var look = 0; look < 3; look++)
            await host.LookAgainAsync();
        await AssertBothThereAsync(host, BackupState.Completed);
        var volume = Assert.Single(await ListAsync(host, Kinds.BackupVolume));
        Assert.Equal("ListingIncomplete", volume.Status.Conditions.Find("Stale")!.Reason);
    }

    [Fact]
    public async Task A_backup_that_was_really_deleted_elsewhere_becomes_unknown_at_the_second_look_and_stays()
    {
        var time = new FakeTimeProvider(Beginning);
        await using var host = await TestHost.StartAsync(time);
        await WithTwoBackupsAsync(host);
        await host.LookAgainAsync();
        var bucket = host.ObjectStores.Bucket("bucket");
        bucket.Remove(bucket.Contents.Keys.Single(key => key.EndsWith("backup_backup-1.cfg", StringComparison.Ordinal)));
        await host.LookAgainAsync();
        Assert.Equal(BackupState.Completed, (await host.Store.GetAsync(Kinds.Backup, "backup-1", TestHost.Token))!.Status.State);
        await host.LookAgainAsync();
        var gone = await host.UntilAsync(Kinds.Backup, "backup-1", backup => backup.Status.State == BackupState.Unknown);
        Assert.Equal("NotFoundInTarget", gone.Status.Conditions.Find("Stale")!.Reason);
        await host.LookAgainAsync();
        Assert.NotNull(await host.Store.GetAsync(Kinds.Backup, "backup-1", TestHost.Token));
        Assert.Equal(BackupState.Completed, (await host.Store.GetAsync(Kinds.Backup, "backup-2", TestHost.Token))!.Status.State);
    }

    [Fact]
    public async Task A_target_that_hangs_is_unavailable_within_its_time_and_holds_nobody_up()
    {
        var time = new FakeTimeProvider(Beginning);
        await using var host = await TestHost.StartAsync(time);
        await WithTwoBackupsAsync(host);
        host.ObjectStores.Hang = (_, token) => Task.Delay(Timeout.Infinite, token);
        host.TimePassesBesideWork = true;
        await host.LookAgainAsync();
        var target = await host.TargetAsync(found => !found.Status.Available);
        Assert.Contains("nothing moved for 60 s", target.Status.Conditions.Find("Unavailable")!.Message);
        await AssertBothThereAsync(host, BackupState.Completed);
        await host.MakeVolumeAsync("other");
        var refused = await Assert.ThrowsAsync<InvalidResourceException>(() => host.CreateBackupAsync("data", "backup-3"));
        Assert.Contains("unavailable", refused.Message);

        host.ObjectStores.Hang = (_, _) => Task.CompletedTask;
        await host.TargetAsync(found => found.Status.Available);
        Assert.Contains("Unavailable", host.Events.ReasonsOf("BackupTarget", "default"));
    }

    [Fact]
    public async Task A_directory_that_went_away_is_not_made_again_by_a_look_at_it()
    {
        var folder = Directory.CreateTempSubdirectory("ankole-away-").FullName;
        try
        {
            var store = Path.Combine(folder, "store");
            Directory.CreateDirectory(store);
            await using var host = await TestHost.StartAsync();
            host.ObjectStores.ProbesDirectories = true;
            await host.UseTargetAsync("file://" + store);
            Directory.Move(store, Path.Combine(folder, "gone"));
            var looked = await host.LookAgainAsync();
            Assert.False(looked.Status.Available);
            Assert.Contains("does not exist. Is it mounted?", looked.Status.Conditions.Find("Unavailable")!.Message);
            Assert.False(Directory.Exists(store));

            Directory.Move(Path.Combine(folder, "gone"), store);
            await host.LookAgainAsync();
            await host.TargetAsync(target => target.Status.Available);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task A_target_is_polled_at_its_interval()
    {
        var time = new FakeTimeProvider(Beginning);
        await using var host = await TestHost.StartAsync(time);
        var first = await host.UseBucketAsync(pollInterval: "1m0s");
        for (var poll = 0; poll < 3; poll++)
            await PollAfterAsync(host, time, TimeSpan.FromMinutes(1));
        Assert.True((await host.TargetAsync(_ => true)).Status.LastSyncedAt >= first.Status.LastSyncedAt + TimeSpan.FromMinutes(3));
        var lists = host.ObjectStores.Bucket("bucket").Requests.Snapshot().List;
        Assert.InRange(lists, 4, 12);
    }

    [Fact]
    public async Task Polls_that_find_nothing_new_write_nothing_of_the_volumes_but_the_time_once_an_hour()
    {
        var time = new FakeTimeProvider(Beginning);
        await using var host = await TestHost.StartAsync(time);
        await WithTwoBackupsAsync(host);
        await host.UseBucketAsync(pollInterval: "5m0s");
        await host.LookAgainAsync();
        var before = await VolumeAsync();
        for (var poll = 0; poll < 3; poll++)
            await PollAfterAsync(host, time, TimeSpan.FromMinutes(5));
        Assert.Equal(before.Metadata.ResourceVersion, (await VolumeAsync()).Metadata.ResourceVersion);
        await PollAfterAsync(host, time, TimeSpan.FromHours(1));
        Assert.True((await VolumeAsync()).Status.LastSyncedAt >= before.Status.LastSyncedAt + TimeSpan.FromHours(1));

        async Task<BackupVolumeResource> VolumeAsync() => (await host.Store.GetAsync(Kinds.BackupVolume, StoreNames.BackupVolume("default", "data"), TestHost.Token))!;
    }

    private static async Task PollAfterAsync(TestHost host, FakeTimeProvider time, TimeSpan pause)
    {
        var last = (await host.TargetAsync(_ => true)).Status.LastSyncedAt;
        time.Advance(pause);
        await host.TargetAsync(target => target.Status.LastSyncedAt >= last + pause);
    }

    [Fact]
    public async Task A_missing_secret_is_named_and_its_arrival_makes_the_target_available()
    {
        await using var host = await TestHost.StartAsync();
        await host.Users.ChangeAsync<BackupTargetResource>(
            new ResourceKey(Kinds.BackupTarget, null, "default"), status: false,
            target => target with { Spec = target.Spec with { BackupTargetUrl = "s3://bucket@test/", CredentialSecret = "keys" } }, TestHost.Token);
        var waiting = await host.TargetAsync(target => target.Status.Conditions.IsTrue("Unavailable") && target.Status.ObservedGeneration == target.Metadata.Generation);
        Assert.Contains("'keys'", waiting.Status.Conditions.Find("Unavailable")!.Message);
        await host.Users.CreateAsync(new SecretResource
        {
            Metadata = new ObjectMeta { Name = "keys", Namespace = "longhorn-system" },
            Data = new Dictionary<string, string> { ["AWS_ACCESS_KEY_ID"] = "YQ==", ["AWS_SECRET_ACCESS_KEY"] = "Yg==" },
        }, TestHost.Token);
        await host.TargetAsync(target => target.Status.Available);
    }

    [Fact]
    public async Task The_settings_and_the_default_target_are_two_views_of_one_thing()
    {
        await using var host = await TestHost.StartAsync();
        await SettingAsync(host, SettingCatalog.BackupTarget, "s3://one@test/");
        await SettingAsync(host, SettingCatalog.BackupstorePollInterval, "60");
        await host.TargetAsync(target => target.Spec is { BackupTargetUrl: "s3://one@test/", PollInterval: "1m0s" });
        await host.Users.ChangeAsync<BackupTargetResource>(
            new ResourceKey(Kinds.BackupTarget, null, "default"), status: false,
            target => target with { Spec = target.Spec with { BackupTargetUrl = "s3://two@test/", PollInterval = "0s" } }, TestHost.Token);
        await host.UntilAsync(Kinds.Setting, "backup-target", setting => setting.Value == "s3://two@test/");
        await host.UntilAsync(Kinds.Setting, "backupstore-poll-interval", setting => setting is { Value: "0", Status.Applied: true });
        await SettingAsync(host, SettingCatalog.BackupTarget, "");
        await host.TargetAsync(target => target.Spec.BackupTargetUrl.Length == 0 && !target.Status.Available);
    }

    [Fact]
    public async Task A_deleted_target_takes_its_mirrors_along_and_leaves_its_data()
    {
        await using var host = await TestHost.StartAsync();
        await WithTwoBackupsAsync(host);
        await host.UseBucketAsync("empty");
        await host.Users.CreateAsync(new BackupTargetResource
        {
            Metadata = new ObjectMeta { Name = "second" }, Spec = new BackupTargetSpec { BackupTargetUrl = "s3://bucket@test/", PollInterval = "0s" },
        }, TestHost.Token);
        await host.UntilAsync(Kinds.BackupTarget, "second", target => target.Status.BackupVolumes == 1);
        var before = host.ObjectStores.Bucket("bucket").Contents.Count;
        await host.Users.DeleteAsync(new ResourceKey(Kinds.BackupTarget, null, "second"), null, TestHost.Token);
        await host.UntilGoneAsync(Kinds.BackupTarget, "second");
        Assert.Equal(before, host.ObjectStores.Bucket("bucket").Contents.Count);
        Assert.DoesNotContain(await ListAsync(host, Kinds.Backup), backup => backup.Spec.BackupTargetName == "second");
        // Those of the default target were made into another bucket, and stay.
        await AssertBothThereAsync(host, BackupState.Completed);
    }

    private static async Task SettingAsync(TestHost host, SettingDefinition setting, string value)
    {
        if (await host.Users.ChangeAsync<SettingResource>(new ResourceKey(Kinds.Setting, null, setting.Name), status: false, current => current with { Value = value }, TestHost.Token) is null)
            await host.Users.CreateAsync(new SettingResource { Metadata = new ObjectMeta { Name = setting.Name }, Value = value }, TestHost.Token);
    }

    private static async Task WithTwoBackupsAsync(TestHost host)
    {
        await host.UseBucketAsync();
        await host.MakeVolumeAsync("data", size: 4 * TestHost.MiB);
        await host.WriteAsync("data", seed: 1);
        await host.BackUpAsync("data", "backup-1");
        await host.WriteAsync("data", seed: 2);
        await host.BackUpAsync("data", "backup-2");
    }

    private static async Task AssertBothThereAsync(TestHost host, string state)
    {
        var backups = await ListAsync(host, Kinds.Backup);
        Assert.Equal(["backup-1", "backup-2"], backups.Select(backup => backup.Name).Order(StringComparer.Ordinal));
        Assert.All(backups, backup => Assert.Equal(state, backup.Status.State));
    }

    private static async Task<List<T>> ListAsync<T>(TestHost host, ResourceKind<T> kind) where T : Resource =>
        [.. (await host.Store.ListAsync(new ResourceQuery(kind), TestHost.Token)).Items.Cast<T>()];

    private static string CopyOfFixture(TestHost host, string name)
    {
        var copy = Path.Combine(host.Folder, name);
        var source = Path.Combine(FixtureFolder(name), "store");
        foreach (var file in Directory.EnumerateFiles(source, "*", SearchOption.AllDirectories))
        {
            var target = Path.Combine(copy, Path.GetRelativePath(source, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
        return copy;
    }

    private static string ExpectedSha256(string fixture, string backup)
    {
        using var manifest = System.Text.Json.JsonDocument.Parse(File.ReadAllText(Path.Combine(FixtureFolder(fixture), "manifest.json")));
        return manifest.RootElement.GetProperty("volumes").EnumerateArray().SelectMany(volume => volume.GetProperty("backups").EnumerateArray())
            .Single(found => found.GetProperty("name").GetString() == backup).GetProperty("sha256").GetString()!;
    }

    private static string FixtureFolder(string name)
    {
        for (var directory = AppContext.BaseDirectory; directory is not null; directory = Path.GetDirectoryName(directory))
            if (Directory.Exists(Path.Combine(directory, "tests/Fixtures/backupstore", name)))
                return Path.Combine(directory, "tests/Fixtures/backupstore", name);
        throw new DirectoryNotFoundException($"tests/Fixtures/backupstore/{name} is not above the test program");
    }
}
