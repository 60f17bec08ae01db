using Ankole.Server;
using Microsoft.Extensions.Time.Testing;

namespace Ankole.Control.Tests.Jobs.Admission;

public sealed class RecurringJobAdmissionTests : IAsyncDisposable
{
    private readonly SqliteResourceStore store = SqliteResourceStore.CreateInMemory(new FakeTimeProvider());

    public ValueTask DisposeAsync() => store.DisposeAsync();

    [Theory]
    [InlineData(JobTask.Snapshot, 0, 1)]
    [InlineData(JobTask.Snapshot, -5, 1)]
    [InlineData(JobTask.Backup, 7, 7)]
    [InlineData(JobTask.SnapshotDelete, -1, 0)]
    [InlineData(JobTask.SnapshotDelete, 0, 0)]
    [InlineData(JobTask.SnapshotCleanup, 9, 0)]
    [InlineData(JobTask.FilesystemTrim, 9, 0)]
    public async Task Retain_is_corrected_as_Longhorn_corrects_it(string task, int given, int stored)
    {
        var job = await AdmitAsync(Job(spec => spec with { Task = task, Retain = given }));
        Assert.Equal(stored, job.Spec.Retain);
    }

    [Fact]
    public async Task What_is_left_open_is_filled_in()
    {
        var job = await AdmitAsync(Job(spec => spec with { Groups = ["a1", "a1", "default"] }));
        Assert.Equal(10, job.Spec.Concurrency);
        Assert.Equal(["a1", "default"], job.Spec.Groups);
        Assert.Contains(SystemNames.Finalizer, job.Metadata.Finalizers);
        Assert.Equal("true", job.Metadata.Labels[ListedJob.SharedLabel]);
    }

    public static TheoryData<string, string, string> Mistakes => new()
    {
        { "x", "metadata.name", "2 to 40" },
        { new string('a', 41), "metadata.name", "41 characters" },
        { "task=", "spec.task", "a task is needed" },
        { "task=reboot", "spec.task", "'reboot'" },
        { "task=system-backup", "spec.task", "'system-backup'" },
        { "cron=", "spec.cron", "cron expression is needed" },
        { "cron=* * * *", "spec.cron", "invalid cron format(* * * *)" },
        { "zone=Mars/Base", "spec.timeZone", "IANA" },
        { "zone=Local", "spec.timeZone", "IANA" },
        { "group=_x", "spec.groups", "'_x'" },
        { "group=x", "spec.groups", "'x'" },
        { "retain=101", "spec.retain", "recurring-job-max-retention" },
        { "daily=-1", "spec.keepDaily", "-1" },
        { "daily=100", "spec.retain", "101 snapshots" },
        { "age=10d", "spec.maxAge", "'10d'" },
        { "age=240h", "spec.maxAge", "keepDaily" },
        { "concurrency=-1", "spec.concurrency", "-1" },
        { "label=", "spec.labels[key]", "empty" },
        { "reserved", "spec.labels[KubernetesStatus]", "the system's own" },
        { "parameter=full-backup-interval:x", "spec.parameters[full-backup-interval]", "'x'" },
        { "parameter=volume-backup-policy:maybe", "spec.parameters[volume-backup-policy]", "'maybe'" },
        { "parameter=compression:none", "spec.parameters[compression]", "unknown" },
    };

    [Theory]
    [MemberData(nameof(Mistakes))]
    public async Task A_mistake_is_refused_with_its_field_and_reason(string what, string field, string reason)
    {
        var error = await Assert.ThrowsAsync<InvalidResourceException>(() => AdmitAsync(With(what)));
        var mistake = Assert.Single(error.Errors);
        Assert.Equal(field, mistake.Field);
        Assert.Contains(reason, mistake.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task All_mistakes_are_named_at_once()
    {
        var error = await Assert.ThrowsAsync<InvalidResourceException>(() => AdmitAsync(Job(spec => spec with { Task = "x", Cron = "y", TimeZone = "z", Retain = 999 })));
        Assert.Equal(["spec.task", "spec.cron", "spec.timeZone", "spec.retain", "spec.retain"], error.Errors.Select(mistake => mistake.Field));
    }

    [Fact]
    public async Task The_greatest_retain_is_a_setting()
    {
        await store.CreateAsync(
            new SettingResource { Metadata = new ObjectMeta { Name = SettingCatalog.RecurringJobMaxRetention.Name }, Value = "5" }, TestContext.Current.CancellationToken);
        await AdmitAsync(Job(spec => spec with { Retain = 5 }));
        await Assert.ThrowsAsync<InvalidResourceException>(() => AdmitAsync(Job(spec => spec with { Task = JobTask.Backup, Retain = 6 })));
    }

    [Fact]
    public async Task A_job_of_a_volume_s_own_list_is_changed_and_deleted_there_only()
    {
        var volume = new VolumeResource { Metadata = new ObjectMeta { Name = "data", Uid = "1" } };
        var job = ListedJob.Of(volume, new VolumeRecurringJob { Name = "snap", Task = "snapshot", Cron = "@daily", Retain = 1 });
        var rules = new Control.Admission([new RecurringJobAdmission()]);
        var change = await Assert.ThrowsAsync<InvalidResourceException>(
            () => rules.AdmitAsync(job with { Spec = job.Spec with { Retain = 2 } }, job, store, TestContext.Current.CancellationToken).AsTask());
        Assert.Contains("spec.recurringJobs of volume 'data'", change.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<InvalidResourceException>(() => rules.AdmitDeletionAsync(job, store, TestContext.Current.CancellationToken).AsTask());
        await rules.AdmitDeletionAsync(Job(spec => spec), store, TestContext.Current.CancellationToken);
    }

    private async Task<RecurringJobResource> AdmitAsync(RecurringJobResource job) => (RecurringJobResource)await new Control.Admission([new RecurringJobAdmission()])
        .AdmitAsync(job, null, store, TestContext.Current.CancellationToken);

    private static RecurringJobResource Job(Func<RecurringJobSpec, RecurringJobSpec> change) => new()
    {
        Metadata = new ObjectMeta { Name = "job" }, Spec = change(new RecurringJobSpec { Task = JobTask.Snapshot, Cron = "0 * * * *", Retain = 1 }),
    };

    private static RecurringJobResource With(string what)
    {
        var (key, value) = what.Split('=', 2) is [var before, var after] ? (before, after) : (what, "");
        return key switch
        {
            "task" => Job(spec => spec with { Task = value }),
            "cron" => Job(spec => spec with { Cron = value }),
            "zone" => Job(spec => spec with { TimeZone = value }),
            "group" => Job(spec => spec with { Groups = [value] }),
            "retain" => Job(spec => spec with { Task = JobTask.Backup, Retain = int.Parse(value) }),
            "daily" => Job(spec => spec with { KeepDaily = int.Parse(value) }),
            "age" => Job(spec => spec with { MaxAge = value }),
            "concurrency" => Job(spec => spec with { Concurrency = int.Parse(value) }),
            "label" => Job(spec => spec with { Labels = new Dictionary<string, string> { ["key"] = value } }),
            "reserved" => Job(spec => spec with { Labels = new Dictionary<string, string> { ["KubernetesStatus"] = "x" } }),
            "parameter" => Job(spec => spec with { Task = JobTask.Backup, Parameters = new Dictionary<string, string> { [value.Split(':')[0]] = value.Split(':')[1] } }),
            _ => Job(spec => spec) with { Metadata = new ObjectMeta { Name = what } },
        };
    }
}
