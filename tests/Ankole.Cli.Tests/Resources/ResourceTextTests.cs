using Ankole.Cli.Resources;
using Ankole.Control;
using Ankole.Core;

namespace Ankole.Cli.Tests.Resources;

public sealed class ResourceTextTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 26, 15, 0, 0, TimeSpan.Zero);

    private static readonly VolumeResource Data = new()
    {
        Metadata = new ObjectMeta { Name = "data", CreationTimestamp = Now.AddDays(-3), Labels = new Dictionary<string, string> { ["tier"] = "gold" } },
        Spec = new VolumeSpec { Size = "10737418240", BackupTargetName = "default" },
        Status = new VolumeStatus
        {
            State = "attached", Robustness = "healthy", CurrentNodeID = "here", ActualSize = 3 << 20, Endpoint = "nbd+unix:///data?socket=/run/data.sock", LastBackupAt = Now.AddMinutes(-5),
            Conditions = [new Condition("Scheduled", "True", "Fits", "It fits.")],
        },
    };

    [Fact]
    public void A_table_shows_sizes_for_people_and_times_as_ages()
    {
        Assert.Equal(["NAME", "STATE", "ROBUSTNESS", "SIZE", "ACTUAL", "NODE", "LAST BACKUP", "AGE"], ResourceTable.Header(Kinds.Volume, isWide: false));
        Assert.Equal(["data", "attached", "healthy", "10 GiB", "3 MiB", "here", "5m", "3d"], ResourceTable.Row(Kinds.Volume, Data, isWide: false, Now));
    }

    [Fact]
    public void A_wide_table_shows_every_column() =>
        Assert.Equal(["nbd+unix:///data?socket=/run/data.sock", "default"], ResourceTable.Row(Kinds.Volume, Data, isWide: true, Now).TakeLast(2));

    [Fact]
    public void What_is_left_out_is_an_empty_cell() =>
        Assert.Equal(["new", "", "", "", "0 B", "", "", ""], ResourceTable.Row(Kinds.Volume, new VolumeResource { Metadata = new ObjectMeta { Name = "new" } }, isWide: false, Now));

    [Fact]
    public void A_description_tells_the_endpoint_conditions_and_events()
    {
        var writer = new StringWriter();
        var happened = new EventResource { Type = "Normal", Reason = "Attached", Message = "It is served.", Count = 2, LastTimestamp = Now.AddSeconds(-30) };
        ResourceDescription.Write(writer, Kinds.Volume, Data, [happened], Now);
        var text = writer.ToString();
        Assert.Matches(@"\nEndpoint: +nbd\+unix:///data\?socket=/run/data\.sock\n", text);
        Assert.Matches(@"\nLabels: +tier=gold\n", text);
        Assert.DoesNotContain("Number Of Replicas", text, StringComparison.Ordinal);
        Assert.Contains("  Scheduled: True (Fits): It fits.\n", text, StringComparison.Ordinal);
        Assert.Contains("  30s (x2)  Normal  Attached  It is served.\n", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, "0s")]
    [InlineData(59, "59s")]
    [InlineData(119, "119s")]
    [InlineData(150, "2m30s")]
    [InlineData(3_600, "60m")]
    [InlineData(5 * 3_600 + 1_800, "5h30m")]
    [InlineData(40 * 3_600, "40h")]
    [InlineData(3 * 86_400 + 4 * 3_600, "3d4h")]
    [InlineData(200 * 86_400, "200d")]
    [InlineData(-300, "in 5m")]
    public void An_age_is_short(int seconds, string text) => Assert.Equal(text, AgeText.Of(Now.AddSeconds(-seconds), Now));

    [Theory]
    [InlineData("Volume")]
    [InlineData("volumes")]
    [InlineData("vol")]
    [InlineData("volumes.ankole.io")]
    public void A_kind_has_several_names(string name) => Assert.Same(Kinds.Volume, KindName.Parse(name));

    [Fact]
    public void No_name_means_two_kinds()
    {
        var names = Kinds.All.SelectMany(KindName.Names).ToList();
        Assert.Equal(names.Count, names.Distinct(StringComparer.OrdinalIgnoreCase).Count());
    }

    [Fact]
    public void An_unknown_kind_is_refused_with_those_that_there_are() =>
        Assert.Contains("recurringjobs", Assert.Throws<InvalidInputException>(() => KindName.Parse("pods")).Message, StringComparison.Ordinal);
}
