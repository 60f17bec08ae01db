using System.Text;
using Ankole.Core;

namespace Ankole.Volumes.Tests;

public sealed class RecordTests
{
    public static TheoryData<string> Fixtures => ReplicaFixture.Names;

    [Theory]
    [MemberData(nameof(Fixtures))]
    public async Task Records_written_again_are_byte_for_byte_those_that_Longhorn_wrote(string name)
    {
        using var fixture = await ReplicaFixture.UnpackAsync(name);
        foreach (var path in Directory.GetFiles(fixture.Directory, "*.meta"))
        {
            var bytes = File.ReadAllBytes(path);
            if (Encoding.UTF8.GetString(bytes).Trim() == "{\"Parent\":\"\"}")
                continue; // The minimal record of a restore names no other keys.
            var again = Path.GetFileName(path) == "volume.meta" ? VolumeRecord.Parse(bytes, path).ToBytes() : DiskRecord.Parse(bytes, path).ToBytes();
            Assert.Equal(Encoding.UTF8.GetString(bytes), Encoding.UTF8.GetString(again));
        }
    }

    [Fact]
    public void Text_is_escaped_as_Go_escapes_it()
    {
        var labels = new Dictionary<string, string> { ["b"] = "<a> & \"b\" \\ \t\n\u2028é€😀\u0001", ["a"] = "1" };
        var record = new DiskRecord("n", "", Removed: true, UserCreated: false, "", labels);
        Assert.Equal(
            "{\"Name\":\"n\",\"Parent\":\"\",\"Removed\":true,\"UserCreated\":false,\"Created\":\"\",\"Labels\":{\"a\":\"1\"," +
            "\"b\":\"\\u003ca\\u003e \\u0026 \\\"b\\\" \\\\ \\t\\n\\u2028é€😀\\u0001\"}}\n",
            Encoding.UTF8.GetString(record.ToBytes()));
    }

    [Theory]
    [InlineData("{\"PARENT\":\"p\",\"removed\":true,\"extra\":[{\"x\":1}],\"Labels\":null} and then rubbish")]
    [InlineData("{\"Parent\":\"p\",\"Removed\":true}{\"Parent\":\"q\"}")]
    public void Records_are_read_as_Go_reads_them(string json)
    {
        var record = DiskRecord.Parse(Encoding.UTF8.GetBytes(json), "x");
        Assert.Equal("p", record.Parent);
        Assert.True(record.Removed);
        Assert.Null(record.Labels);
        Assert.Equal("", record.Created);
    }

    [Theory]
    [InlineData("", "it is empty")]
    [InlineData("[]", "it is no JSON object")]
    [InlineData("{\"Parent\":", "it is no JSON")]
    [InlineData("{\"Parent\":1}", "'Parent' is not a string")]
    [InlineData("{\"Removed\":\"yes\"}", "'Removed' is not true or false")]
    [InlineData("{\"Labels\":{\"a\":1}}", "'Labels.a' is not a string")]
    public void A_damaged_record_is_named_with_its_reason(string json, string reason)
    {
        var error = Assert.Throws<AnkoleException>(() => DiskRecord.Parse(Encoding.UTF8.GetBytes(json), "/d/x.meta"));
        Assert.Equal(ErrorKind.Damaged, error.Kind);
        Assert.Equal($"'/d/x.meta' is damaged: {reason}.", error.Message);
    }

    [Theory]
    [InlineData("volume-head-000.img", "volume-head-001.img")]
    [InlineData("volume-head-009.img", "volume-head-010.img")]
    [InlineData("volume-head-010.img", "volume-head-001.img")]
    [InlineData("volume-head-7.img", "volume-head-008.img")]
    [InlineData("volume-head-1234.img", "volume-head-005.img")]
    public void The_next_head_counts_from_the_last_digit_alone(string head, string next) => Assert.Equal(next, DiskName.NextHead(head));
}
