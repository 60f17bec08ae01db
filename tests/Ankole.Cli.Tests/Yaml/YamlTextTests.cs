using System.Text.Json;
using System.Text.Json.Nodes;
using Ankole.Cli.Yaml;
using Ankole.Core;

namespace Ankole.Cli.Tests.Yaml;

public sealed class YamlTextTests
{
    private static readonly string[] Texts =
    [
        "", "a", "10Gi", "1", "-1.5", "true", "Yes", "no", "~", "null", "2026-11-26", "12:30:45", "0x1f", "*/5 * * * *", "@every 5m", " leading", "trailing ", "a: b", "a #b", "#b", "- a",
        "one\ntwo", "one\ntwo\n", "one\n\n\n", "\n", "a\tb", "quote\"and\\slash", "'single'", "ümläut €", "emoji 😀", "[x]", "{x}", "s3://bucket@region/path/", "a:b", "a:", "?", "-", "---", "...", "%x", "`x`",
        "nbd+unix:///data?socket=/run/data.sock", "x\r\ny", "\u0001", "\u2028", ">", "|", "!tag", "&anchor", "*alias", "<<", "=", "y", "N", "1_000", ".5", "1e5", ".inf", "a,b", "a]b", "recurring-job.ankole.io/x",
    ];

    [Fact]
    public void A_resource_is_written_as_people_write_it() => Assert.Equal(
        """
        apiVersion: ankole.io/v1beta1
        kind: RecurringJob
        metadata:
          name: nightly
          labels:
            tier: gold
            "yes": "true"
        spec:
          groups:
          - default
          - other
          cron: "*/5 * * * *"
          retain: 7
          parameters: {}
          list:
          - a: 1
            b:
            - 2
          - []
          text: |-
            one
            two

        """,
        Write("""
            {"apiVersion":"ankole.io/v1beta1","kind":"RecurringJob","metadata":{"name":"nightly","labels":{"tier":"gold","yes":"true"}},
             "spec":{"groups":["default","other"],"cron":"*/5 * * * *","retain":7,"parameters":{},"list":[{"a":1,"b":[2]},[]],"text":"one\ntwo"}}
            """));

    [Fact]
    public void Every_text_reads_back_as_itself_wherever_it_stands()
    {
        foreach (var text in Texts)
        {
            var value = new JsonObject { ["value"] = text, ["list"] = new JsonArray(text, new JsonArray(text)), [text.Length == 0 ? "empty" : text] = new JsonObject { ["in"] = text } };
            AssertReadsBack(value);
        }
    }

    [Fact]
    public void What_is_written_reads_back_as_the_same_JSON()
    {
        var seed = Environment.TickCount;
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed}");
        var random = new Random(seed);
        for (var round = 0; round < 500; round++)
            AssertReadsBack(new JsonObject { ["root"] = Some(random, 4) });
    }

    private static JsonNode? Some(Random random, int depth) => random.Next(depth > 0 ? 8 : 5) switch
    {
        0 => null,
        1 => JsonValue.Create(random.Next(2) == 0),
        2 => JsonValue.Create(random.NextInt64()),
        3 => JsonValue.Create(random.Next(-1000, 1000) / 8.0),
        4 => JsonValue.Create(Texts[random.Next(Texts.Length)]),
        5 => new JsonArray([.. Enumerable.Range(0, random.Next(4)).Select(_ => Some(random, depth - 1))]),
        _ => new JsonObject(Enumerable.Range(0, random.Next(4)).Select(index => KeyValuePair.Create($"{index}{Texts[random.Next(Texts.Length)]}", Some(random, depth - 1)))),
    };

    private static void AssertReadsBack(JsonNode value)
    {
        var yaml = Write(value.ToJsonString());
        string read;
        try
        {
            read = YamlReader.ReadAll(yaml, "written").Single().ToJsonString();
        }
        catch (InvalidInputException e)
        {
            read = e.Message;
        }
        Assert.True(value.ToJsonString() == read, $"{value.ToJsonString()}\nwas written as\n{yaml}\nand reads as\n{read}");
    }

    private static string Write(string json)
    {
        using var document = JsonDocument.Parse(json);
        var writer = new StringWriter { NewLine = "\n" };
        YamlText.Write(writer, document.RootElement);
        return writer.ToString();
    }
}
