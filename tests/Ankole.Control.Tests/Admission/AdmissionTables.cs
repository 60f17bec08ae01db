using Ankole.Server;

namespace Ankole.Control.Tests;

/// <summary>What each kind's rules say to each mistake: the fields that are named.</summary>
public sealed class AdmissionTables : IAsyncLifetime
{
    private const string Gi = "1073741824";
    private SqliteResourceStore store = null!;
    private AdmittedResourceStore users = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        store = SqliteResourceStore.CreateInMemory(TimeProvider.System);
        users = new AdmittedResourceStore(store, new Control.Admission(HostControllers.Admissions));
        await TargetAsync("default", "s3://bucket@region/path/", available: true);
        await TargetAsync("away", "nfs://server:/export", available: false);
        await VolumeAsync("data");
        await store.CreateAsync(new SnapshotResource { Metadata = Named("snap-of-data"), Spec = new SnapshotSpec { Volume = "data", CreateSnapshot = true } }, Token);
        await store.CreateAsync(new StorageClassResource
        {
            Metadata = Named("page"), Provisioner = "driver.longhorn.io",
            Parameters = new Dictionary<string, string> { ["numberOfReplicas"] = "3", ["staleReplicaTimeout"] = "30", ["fromBackup"] = "" },
        }, Token);
    }

    public ValueTask DisposeAsync() => store.DisposeAsync();

    [Fact]
    public async Task A_volume_gets_its_defaults()
    {
        var volume = await users.CreateAsync(new VolumeResource { Metadata = Named("new"), Spec = new VolumeSpec { Size = "10485761" } }, Token);
        var spec = volume.Spec;
        Assert.Equal(("12582912", 1, "nbd", "lz4", "2097152", 250, "ignored"),
            (spec.Size, spec.NumberOfReplicas, spec.Frontend, spec.BackupCompressionMethod, spec.BackupBlockSize, spec.SnapshotMaxCount, spec.RestoreVolumeRecurringJob));
    }

    [Fact]
    public async Task A_volume_takes_from_its_storage_class_what_it_leaves_open()
    {
        var volume = await users.CreateAsync(new VolumeResource { Metadata = Named("new"), Spec = new VolumeSpec { Size = Gi, StorageClassName = "page" } }, Token);
        Assert.Equal(3, volume.Spec.NumberOfReplicas);
        Assert.Equal("", volume.Spec.FromBackup);
    }

    public static TheoryData<string, Func<VolumeSpec, VolumeSpec>, string> WrongVolumes => new()
    {
        { "Data", spec => spec, "metadata.name" },
        { "a", spec => spec, "metadata.name" },
        { "with_underscore", spec => spec, "metadata.name" },
        { "with.dot", spec => spec, "metadata.name" },
        { new string('a', 41), spec => spec, "metadata.name" },
        { "ok", spec => spec with { Size = "" }, "spec.size" },
        { "ok", spec => spec with { Size = "much" }, "spec.size" },
        { "ok", spec => spec with { Size = "0" }, "spec.size" },
        { "ok", spec => spec with { Size = "9223372036854775807" }, "spec.size" },
        { "ok", spec => spec with { NumberOfReplicas = 21 }, "spec.numberOfReplicas" },
        { "ok", spec => spec with { NumberOfReplicas = -1 }, "spec.numberOfReplicas" },
        { "ok", spec => spec with { Frontend = "iscsi" }, "spec.frontend" },
        { "ok", spec => spec with { BackupCompressionMethod = "zip" }, "spec.backupCompressionMethod" },
        { "ok", spec => spec with { BackupBlockSize = "4Mi" }, "spec.backupBlockSize" },
        { "ok", spec => spec with { BackupBlockSize = "16Mi", Size = "18Mi" }, "spec.backupBlockSize" },
        { "ok", spec => spec with { SnapshotMaxCount = 1 }, "spec.snapshotMaxCount" },
        { "ok", spec => spec with { SnapshotMaxCount = 251 }, "spec.snapshotMaxCount" },
        { "ok", spec => spec with { SnapshotMaxSize = "1Gi" }, "spec.snapshotMaxSize" },
        { "ok", spec => spec with { SnapshotMaxSize = "much" }, "spec.snapshotMaxSize" },
        { "ok", spec => spec with { BackupTargetName = "nowhere" }, "spec.backupTargetName" },
        { "ok", spec => spec with { StorageClassName = "nowhere" }, "spec.storageClassName" },
        { "ok", spec => spec with { RestoreVolumeRecurringJob = "perhaps" }, "spec.restoreVolumeRecurringJob" },
        { "ok", spec => spec with { FromBackup = "not a url" }, "spec.fromBackup" },
        { "ok", spec => spec with { FromBackup = "s3://other@region/?backup=b1&volume=v1" }, "spec.fromBackup" },
        { "ok", spec => spec with { Standby = true }, "spec.fromBackup" },
        { "ok", spec => spec with { Standby = true, FromBackup = "s3://bucket@region/path/?backup=bb&volume=vv", Frontend = "nbd" }, "spec.frontend" },
        { "ok", spec => spec with { RecurringJobs = [new VolumeRecurringJob { Name = "too-long-a-name", Task = "snapshot", Cron = "* * * * *", Retain = 1 }] }, "spec.recurringJobs[0].name" },
        { "ok", spec => spec with { AttachmentTickets = new Dictionary<string, AttachmentTicket> { ["a"] = new() } }, "spec.attachmentTickets[a].type" },
        { "ok", spec => spec with { AttachmentTickets = new Dictionary<string, AttachmentTicket> { ["a"] = new() { Type = "longhorn-api", Parameters = new Dictionary<string, string> { ["disableFrontend"] = "yes" } } } }, "spec.attachmentTickets[a].parameters[disableFrontend]" },
    };

    [Theory]
    [MemberData(nameof(WrongVolumes))]
    public async Task A_wrong_volume_is_refused_and_the_field_is_named(string name, Func<VolumeSpec, VolumeSpec> change, string field) =>
        await AssertRefusedAsync(new VolumeResource { Metadata = Named(name), Spec = change(new VolumeSpec { Size = Gi }) }, field);

    [Fact]
    public async Task All_mistakes_of_a_volume_are_told_at_once() => await AssertRefusedAsync(
        new VolumeResource { Metadata = Named("Data"), Spec = new VolumeSpec { Size = "x", NumberOfReplicas = 30, Frontend = "usb", SnapshotMaxCount = 1, BackupTargetName = "nowhere" } },
        "metadata.name", "spec.size", "spec.numberOfReplicas", "spec.frontend", "spec.snapshotMaxCount", "spec.backupTargetName");

    public static TheoryData<Func<VolumeSpec, VolumeSpec>, string> WrongChanges => new()
    {
        { spec => spec with { Size = "1Mi" }, "spec.size" },
        { spec => spec with { BackupCompressionMethod = "gzip" }, "spec.backupCompressionMethod" },
        { spec => spec with { BackupBlockSize = "16Mi" }, "spec.backupBlockSize" },
        { spec => spec with { FromBackup = "s3://bucket@region/path/?backup=bb&volume=vv" }, "spec.fromBackup" },
        { spec => spec with { Standby = true, Frontend = "" }, "spec.standby" },
    };

    [Theory]
    [MemberData(nameof(WrongChanges))]
    public async Task What_is_fixed_at_creation_stays(Func<VolumeSpec, VolumeSpec> change, string field)
    {
        var volume = await users.CreateAsync(new VolumeResource { Metadata = Named("fixed"), Spec = new VolumeSpec { Size = Gi } }, Token);
        var error = await Assert.ThrowsAsync<InvalidResourceException>(() => users.UpdateAsync(volume with { Spec = change(volume.Spec) }, Token).AsTask());
        Assert.Contains(field, error.Errors.Select(found => found.Field));
    }

    public static TheoryData<string, SnapshotSpec, string> WrongSnapshots => new()
    {
        { "s1", new SnapshotSpec(), "spec.volume" },
        { "s1", new SnapshotSpec { Volume = "nowhere" }, "spec.volume" },
        { "volume-head", new SnapshotSpec { Volume = "data" }, "metadata.name" },
        { "s", new SnapshotSpec { Volume = "data" }, "metadata.name" },
        { "s1", new SnapshotSpec { Volume = "data", Labels = new Dictionary<string, string> { ["KubernetesStatus"] = "x" } }, "spec.labels[KubernetesStatus]" },
        { "s1", new SnapshotSpec { Volume = "data", Labels = new Dictionary<string, string> { ["ranchervm-base-image"] = "x" } }, "spec.labels[ranchervm-base-image]" },
        { "s1", new SnapshotSpec { Volume = "data", Labels = new Dictionary<string, string> { ["team"] = "" } }, "spec.labels[team]" },
        { "s1", new SnapshotSpec { Volume = "data", Labels = new Dictionary<string, string> { ["not a key"] = "x" } }, "spec.labels" },
    };

    [Theory]
    [MemberData(nameof(WrongSnapshots))]
    public async Task A_wrong_snapshot_is_refused(string name, SnapshotSpec spec, string field) =>
        await AssertRefusedAsync(new SnapshotResource { Metadata = Named(name), Spec = spec }, field);

    [Fact]
    public async Task A_snapshot_that_a_person_creates_is_to_be_taken()
    {
        var snapshot = await users.CreateAsync(new SnapshotResource { Metadata = Named("s1"), Spec = new SnapshotSpec { Volume = "data" } }, Token);
        Assert.True(snapshot.Spec.CreateSnapshot);
        await Assert.ThrowsAsync<InvalidResourceException>(() => users.UpdateAsync(snapshot with { Spec = snapshot.Spec with { Volume = "other" } }, Token).AsTask());
    }

    public static TheoryData<BackupSpec, string> WrongBackups => new()
    {
        { new BackupSpec(), "spec.volumeName" },
        { new BackupSpec { VolumeName = "nowhere" }, "spec.volumeName" },
        { new BackupSpec { VolumeName = "data", SnapshotName = "nowhere" }, "spec.snapshotName" },
        { new BackupSpec { VolumeName = "data", BackupTargetName = "nowhere" }, "spec.backupTargetName" },
        { new BackupSpec { VolumeName = "data", BackupTargetName = "away" }, "spec.backupTargetName" },
        { new BackupSpec { VolumeName = "data", BackupMode = "half" }, "spec.backupMode" },
        { new BackupSpec { VolumeName = "data", BackupName = "../x" }, "spec.backupName" },
        { new BackupSpec { VolumeName = "data", Mirrored = true }, "spec.mirrored" },
        { new BackupSpec { VolumeName = "data", Labels = new Dictionary<string, string> { ["KubernetesStatus"] = "x" } }, "spec.labels[KubernetesStatus]" },
    };

    [Theory]
    [MemberData(nameof(WrongBackups))]
    public async Task A_wrong_backup_is_refused(BackupSpec spec, string field) => await AssertRefusedAsync(new BackupResource { Metadata = Named("b1"), Spec = spec }, field);

    [Fact]
    public async Task A_backup_whose_labels_say_another_target_is_refused() => await AssertRefusedAsync(
        new BackupResource
        {
            Metadata = Named("b1") with { Labels = new Dictionary<string, string> { ["backup-target"] = "away", ["backup-volume"] = "other" } },
            Spec = new BackupSpec { VolumeName = "data" },
        },
        "metadata.labels[backup-target]", "metadata.labels[backup-volume]");

    public static TheoryData<string, BackupTargetSpec, string> WrongTargets => new()
    {
        { "x", new BackupTargetSpec(), "metadata.name" },
        { "new", new BackupTargetSpec { BackupTargetUrl = "ftp://server/path" }, "spec.backupTargetURL" },
        { "new", new BackupTargetSpec { BackupTargetUrl = "not a url" }, "spec.backupTargetURL" },
        { "new", new BackupTargetSpec { BackupTargetUrl = "s3://fresh@region" }, "spec.backupTargetURL" },
        { "new", new BackupTargetSpec { BackupTargetUrl = "s3://fresh@region/with$dollar/" }, "spec.backupTargetURL" },
        { "new", new BackupTargetSpec { BackupTargetUrl = "s3://fresh@region/with,comma/" }, "spec.backupTargetURL" },
        { "new", new BackupTargetSpec { BackupTargetUrl = "s3://fresh@region/?backup=b1&volume=v1" }, "spec.backupTargetURL" },
        { "new", new BackupTargetSpec { BackupTargetUrl = "s3://BUCKET@region/path" }, "spec.backupTargetURL" },
        { "new", new BackupTargetSpec { BackupTargetUrl = "nfs://SERVER:/export/?nfsOptions=soft" }, "spec.backupTargetURL" },
        { "new", new BackupTargetSpec { PollInterval = "often" }, "spec.pollInterval" },
        { "new", new BackupTargetSpec { PollInterval = "-5m" }, "spec.pollInterval" },
    };

    [Theory]
    [MemberData(nameof(WrongTargets))]
    public async Task A_wrong_target_is_refused(string name, BackupTargetSpec spec, string field) =>
        await AssertRefusedAsync(new BackupTargetResource { Metadata = Named(name), Spec = spec }, field);

    [Theory]
    [InlineData("", "5m0s")]
    [InlineData("300", "5m0s")]
    [InlineData("0", "0s")]
    [InlineData("90s", "1m30s")]
    public async Task A_poll_interval_is_written_one_way(string given, string stored) => Assert.Equal(stored, (await users.CreateAsync(
        new BackupTargetResource { Metadata = Named("new"), Spec = new BackupTargetSpec { BackupTargetUrl = "s3://fresh@region/", PollInterval = given } }, Token)).Spec.PollInterval);

    [Fact]
    public async Task A_line_break_at_the_end_of_a_key_is_told_with_every_key_and_no_value()
    {
        await store.CreateAsync(new SecretResource
        {
            Metadata = Named("keys") with { Namespace = SystemNames.Namespace },
            Data = new Dictionary<string, string> { ["AWS_ACCESS_KEY_ID"] = Base64("mykey\n"), ["AWS_SECRET_ACCESS_KEY"] = Base64(" hidden-value") },
        }, Token);
        var error = await AssertRefusedAsync(
            new BackupTargetResource { Metadata = Named("new"), Spec = new BackupTargetSpec { BackupTargetUrl = "s3://fresh@region/", CredentialSecret = "keys" } }, "spec.credentialSecret");
        Assert.Contains("AWS_ACCESS_KEY_ID", error.Message);
        Assert.Contains("AWS_SECRET_ACCESS_KEY", error.Message);
        Assert.DoesNotContain("hidden-value", error.Message);
        Assert.DoesNotContain("mykey", error.Message);
    }

    [Fact]
    public async Task A_missing_secret_is_no_mistake() => await users.CreateAsync(
        new BackupTargetResource { Metadata = Named("new"), Spec = new BackupTargetSpec { BackupTargetUrl = "s3://fresh@region/", CredentialSecret = "later" } }, Token);

    [Fact]
    public async Task A_secret_that_a_target_uses_stays_usable()
    {
        await store.ChangeAsync<BackupTargetResource>(
            new ResourceKey(Kinds.BackupTarget, null, "default"), status: false, target => target with { Spec = target.Spec with { CredentialSecret = "keys" } }, Token);
        var error = await AssertRefusedAsync(new SecretResource
        {
            Metadata = Named("keys") with { Namespace = SystemNames.Namespace },
            Data = new Dictionary<string, string> { ["AWS_ACCESS_KEY_ID"] = Base64("a"), ["AWS_SECRET_ACCESS_KEY"] = Base64("hidden-value\n") },
        }, "data");
        Assert.DoesNotContain("hidden-value", error.Message);
    }

    [Fact]
    public async Task Standby_volumes_hold_their_target()
    {
        await store.CreateAsync(new VolumeResource { Metadata = Named("follower"), Spec = new VolumeSpec { Size = Gi, Standby = true, FromBackup = "s3://bucket@region/path/?volume=vv" } }, Token);
        var target = (await store.GetAsync(Kinds.BackupTarget, "away", Token))!;
        var error = await Assert.ThrowsAsync<InvalidResourceException>(() =>
            users.UpdateAsync(target with { Spec = target.Spec with { BackupTargetUrl = "nfs://other:/export" } }, Token).AsTask());
        Assert.Contains("follower", error.Message);
        await Assert.ThrowsAsync<InvalidResourceException>(() => users.DeleteAsync(ResourceKey.Of(target), null, Token).AsTask());
        await AssertRefusedAsync(new SettingResource { Metadata = Named("backup-target"), Value = "s3://other@region/" }, "value");
    }

    [Fact]
    public async Task The_default_target_cannot_be_deleted() => Assert.Contains("always exists", (await Assert.ThrowsAsync<InvalidResourceException>(() =>
        users.DeleteAsync(new ResourceKey(Kinds.BackupTarget, null, "default"), null, Token).AsTask())).Message);

    [Theory]
    [InlineData("no-such-setting", "1", "metadata.name")]
    [InlineData("backupstore-poll-interval", "soon", "value")]
    [InlineData("backupstore-poll-interval", "-1", "value")]
    [InlineData("recurring-job-max-retention", "0", "value")]
    [InlineData("recurring-job-max-retention", "251", "value")]
    [InlineData("backup-compression-method", "zip", "value")]
    [InlineData("disable-snapshot-purge", "yes", "value")]
    [InlineData("backup-target", "ftp://server/", "value")]
    [InlineData("backup-target", "nfs://server:/export", "value")]
    public async Task A_wrong_setting_is_refused(string name, string value, string field) =>
        await AssertRefusedAsync(new SettingResource { Metadata = Named(name), Value = value }, field);

    public static TheoryData<VolumeOperationSpec, string> WrongOperations => new()
    {
        { new VolumeOperationSpec(), "spec.operation" },
        { new VolumeOperationSpec { VolumeName = "data", Operation = "format" }, "spec.operation" },
        { new VolumeOperationSpec { Operation = "purge" }, "spec.volumeName" },
        { new VolumeOperationSpec { VolumeName = "nowhere", Operation = "trim" }, "spec.volumeName" },
        { new VolumeOperationSpec { VolumeName = "data", Operation = "revert" }, "spec.snapshotName" },
        { new VolumeOperationSpec { VolumeName = "data", Operation = "revert", SnapshotName = "nowhere" }, "spec.snapshotName" },
        { new VolumeOperationSpec { VolumeName = "data", Operation = "expand" }, "spec.size" },
        { new VolumeOperationSpec { VolumeName = "data", Operation = "expand", Size = "1Mi" }, "spec.size" },
        { new VolumeOperationSpec { Operation = "verify" }, "spec" },
        { new VolumeOperationSpec { Operation = "verify", VolumeName = "data", BackupTargetName = "default" }, "spec" },
        { new VolumeOperationSpec { Operation = "verify", BackupName = "nowhere" }, "spec.backupName" },
        { new VolumeOperationSpec { Operation = "verify", BackupTargetName = "nowhere" }, "spec.backupTargetName" },
        { new VolumeOperationSpec { VolumeName = "data", Operation = "purge", TtlSecondsAfterFinished = -1 }, "spec.ttlSecondsAfterFinished" },
    };

    [Theory]
    [MemberData(nameof(WrongOperations))]
    public async Task A_wrong_operation_is_refused(VolumeOperationSpec spec, string field) =>
        await AssertRefusedAsync(new VolumeOperationResource { Metadata = Named("op"), Spec = spec }, field);

    [Fact]
    public async Task What_the_system_makes_itself_cannot_be_made_by_hand()
    {
        await AssertRefusedAsync(new NodeResource { Metadata = Named("node-2") }, "kind");
        await AssertRefusedAsync(new ReplicaResource { Metadata = Named("replica") }, "kind");
        await AssertRefusedAsync(new BackupVolumeResource { Metadata = Named("volume") }, "kind");
    }

    private async Task<InvalidResourceException> AssertRefusedAsync<T>(T resource, params string[] fields) where T : Resource
    {
        var error = await Assert.ThrowsAsync<InvalidResourceException>(() => users.CreateAsync(resource, Token).AsTask());
        Assert.All(fields, field => Assert.Contains(field, error.Errors.Select(found => found.Field)));
        Assert.All(error.Errors, found => Assert.EndsWith(".", found.Message));
        return error;
    }

    private async Task TargetAsync(string name, string url, bool available)
    {
        var target = await store.CreateAsync(new BackupTargetResource { Metadata = Named(name), Spec = new BackupTargetSpec { BackupTargetUrl = url } }, Token);
        await store.UpdateStatusAsync(target with { Status = new BackupTargetStatus { Available = available } }, Token);
    }

    private async Task VolumeAsync(string name) => await store.CreateAsync(new VolumeResource { Metadata = Named(name), Spec = new VolumeSpec { Size = Gi } }, Token);

    private static ObjectMeta Named(string name) => new() { Name = name };

    private static string Base64(string text) => Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(text));
}
