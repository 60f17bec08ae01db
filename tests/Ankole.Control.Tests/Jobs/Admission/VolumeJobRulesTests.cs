namespace Ankole.Control.Tests.Jobs.Admission;

public sealed class VolumeJobRulesTests
{
    private static readonly VolumeRecurringJob Good = new() { Name = "snap", Task = "snapshot", Cron = "*/1 * * * *", Retain = 1 };

    [Fact]
    public void The_page_s_list_is_accepted() => Assert.Empty(Check(
        Good, new VolumeRecurringJob { Name = "backup12", Task = "backup", Cron = "*/2 * * * *", Retain = 49, Labels = new Dictionary<string, string> { ["interval"] = "2m" } }));

    public static TheoryData<VolumeRecurringJob, string, string> Mistakes => new()
    {
        { Good with { Name = "" }, "list[0].name", "needed" },
        { Good with { Name = "ninechars" }, "list[0].name", "9 characters" },
        { Good with { Name = "Snap" }, "list[0].name", "no name" },
        { Good with { Task = "" }, "list[0].task", "needed" },
        { Good with { Task = "filesystem-trim" }, "list[0].task", "neither snapshot nor backup" },
        { Good with { Cron = "" }, "list[0].cron", "needed" },
        { Good with { Cron = "61 * * * *" }, "list[0].cron", "invalid cron format(61 * * * *)" },
        { Good with { Retain = 0 }, "list[0].retain", "too few" },
        { Good with { Retain = 51 }, "list", "retain 51 together" },
        { Good with { Labels = new Dictionary<string, string> { ["a b"] = "x" } }, "list[0].labels", "'a b'" },
    };

    [Theory]
    [MemberData(nameof(Mistakes))]
    public void A_mistake_is_named_with_its_place(VolumeRecurringJob job, string field, string reason)
    {
        var mistake = Assert.Single(Check(job));
        Assert.Equal(field, mistake.Field);
        Assert.Contains(reason, mistake.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Names_are_unique_and_all_together_retain_at_most_fifty()
    {
        var mistakes = Check(Good with { Retain = 26 }, Good with { Retain = 25 });
        Assert.Equal(["list[1].name", "list"], mistakes.Select(mistake => mistake.Field));
    }

    [Theory]
    [InlineData("recurringJobs", "{", "no JSON array of jobs")]
    [InlineData("recurringJobs", """[{"name":"s","task":"snapshot","cron":"x","retain":1}]""", "invalid cron format(x)")]
    [InlineData("recurringJobSelector", "[1]", "no JSON array of selectors")]
    [InlineData("recurringJobSelector", """[{"isGroup":true}]""", "no JSON array of selectors")]
    [InlineData("recurringJobSelector", """[{"name":"a b"}]""", "no name of a job or group")]
    public async Task A_StorageClass_with_a_wrong_list_is_refused(string parameter, string json, string reason)
    {
        var errors = new List<FieldError>();
        var storageClass = new StorageClassResource { Metadata = new ObjectMeta { Name = "c" }, Parameters = new Dictionary<string, string> { [parameter] = json } };
        await new StorageClassAdmission().AdmitAsync(storageClass, null, errors, null!, TestContext.Current.CancellationToken);
        Assert.Contains(reason, Assert.Single(errors).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_selector_of_a_StorageClass_becomes_labels()
    {
        var errors = new List<FieldError>();
        var parameters = new Dictionary<string, string> { ["recurringJobSelector"] = """[{"name":"daily","isGroup":true},{"name":"extra","isGroup":false},{"name":"more"}]""" };
        var jobs = StorageClassJobs.Read(parameters, "parameters", errors);
        Assert.Empty(errors);
        Assert.Equal(
            ["recurring-job-group.ankole.io/daily", "recurring-job.ankole.io/extra", "recurring-job.ankole.io/more"], jobs.Labels.Keys.Order(StringComparer.Ordinal));
    }

    private static List<FieldError> Check(params VolumeRecurringJob[] jobs)
    {
        var errors = new List<FieldError>();
        VolumeJobRules.Check(jobs, "list", errors);
        return errors;
    }
}
