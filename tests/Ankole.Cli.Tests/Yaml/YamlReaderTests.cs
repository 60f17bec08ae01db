using System.Text.Json.Nodes;
using Ankole.Cli.Yaml;
using Ankole.Core;

namespace Ankole.Cli.Tests.Yaml;

public sealed class YamlReaderTests
{
    [Theory]
    [InlineData("a: 1", """{"a":1}""")]
    [InlineData("a: -0x10", """{"a":"-0x10"}""")]
    [InlineData("a: 0x1F", """{"a":31}""")]
    [InlineData("a: 0o17", """{"a":15}""")]
    [InlineData("a: 1.5", """{"a":1.5}""")]
    [InlineData("a: true", """{"a":true}""")]
    [InlineData("a: ~", """{"a":null}""")]
    [InlineData("a:", """{"a":null}""")]
    [InlineData("a: yes", """{"a":"yes"}""")]
    [InlineData("a: on", """{"a":"on"}""")]
    [InlineData("a: '1'", """{"a":"1"}""")]
    [InlineData("a: \"true\"", """{"a":"true"}""")]
    [InlineData("a: !!str 12", """{"a":"12"}""")]
    [InlineData("a: */5 * * * *", null)]
    [InlineData("a: '*/5 * * * *'", """{"a":"*/5 * * * *"}""")]
    [InlineData("a: @every 5m", null)]
    [InlineData("a: 10Gi", """{"a":"10Gi"}""")]
    [InlineData("a: 5m0s", """{"a":"5m0s"}""")]
    [InlineData("a: 2026-11-26T14:00:00Z", """{"a":"2026-11-26T14:00:00Z"}""")]
    [InlineData("a: [1, {b: c}]", """{"a":[1,{"b":"c"}]}""")]
    [InlineData("a: |\n  one\n  two\n", """{"a":"one\ntwo\n"}""")]
    [InlineData("a: >-\n  one\n  two\n", """{"a":"one two"}""")]
    [InlineData("{\"a\": [1, 2], \"b\": {\"c\": null}}", """{"a":[1,2],"b":{"c":null}}""")]
    [InlineData("a: &x {b: 1}\nc: *x", """{"a":{"b":1},"c":{"b":1}}""")]
    [InlineData("base: &x {b: 1, c: 2}\nd:\n  <<: *x\n  c: 3", """{"base":{"b":1,"c":2},"d":{"c":3,"b":1}}""")]
    public void A_document_is_read_as_the_JSON_it_stands_for(string yaml, string? json)
    {
        if (json is null)
            Assert.StartsWith("file, line 1, column", Assert.Throws<InvalidInputException>(() => YamlReader.ReadAll(yaml, "file")).Message, StringComparison.Ordinal);
        else
            Assert.Equal(json, Assert.Single(YamlReader.ReadAll(yaml, "file")).ToJsonString(Relaxed));
    }

    [Fact]
    public void Documents_are_separated_and_empty_ones_left_out() => Assert.Equal(
        ["""{"a":1}""", """{"b":2}"""],
        YamlReader.ReadAll("---\na: 1\n---\n# nothing\n---\nb: 2\n...\n", "file").Select(document => document.ToJsonString()));

    [Theory]
    [InlineData("a: 1\na: 2", "file, line 2, column 1: key 'a' stands here twice.")]
    [InlineData("a: [1", "file, line ")]
    [InlineData("a: *x", "file, line 1, column 4: alias '*x' has no anchor before it.")]
    [InlineData("a: &x [*x]", "file, line 1, column 8: alias '*x' has no anchor before it.")]
    [InlineData("? [1]\n: 2", "file, line 1, column 3: a key must be plain text.")]
    [InlineData("a: .nan", "file, line 1, column 4: '.nan' is no number that a resource can hold.")]
    [InlineData("a:\n\t- b", "file, line ")]
    public void A_mistake_is_told_with_its_place(string yaml, string message) =>
        Assert.StartsWith(message, Assert.Throws<InvalidInputException>(() => YamlReader.ReadAll(yaml, "file")).Message, StringComparison.Ordinal);

    [Fact]
    public void A_file_that_unfolds_without_end_is_refused()
    {
        var lines = new List<string> { "a0: &a0 [x, x, x, x, x, x, x, x, x, x]" };
        for (var level = 1; level < 12; level++)
            lines.Add($"a{level}: &a{level} [{string.Join(", ", Enumerable.Repeat($"*a{level - 1}", 10))}]");
        var error = Assert.Throws<InvalidInputException>(() => YamlReader.ReadAll(string.Join('\n', lines), "file"));
        Assert.Contains("more than 200000 values", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_nested_without_end_is_refused()
    {
        var error = Assert.Throws<InvalidInputException>(() => YamlReader.ReadAll(new string('[', 1000), "file"));
        Assert.Contains("nested more than", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_beginning_of_a_file_is_read_or_refused_with_one_clear_error()
    {
        const string Whole = "apiVersion: ankole.io/v1beta1\nkind: Volume\nmetadata: {name: data, labels: &l {a: \"b\"}}\nspec:\n  size: 10Gi\n  x: [1, 'two', *l]\n  text: |\n    a\n    b\n";
        for (var length = 0; length <= Whole.Length; length++)
            try
            {
                YamlReader.ReadAll(Whole[..length], "file");
            }
            catch (InvalidInputException e)
            {
                Assert.StartsWith("file, line ", e.Message, StringComparison.Ordinal);
            }
    }

    private static System.Text.Json.JsonSerializerOptions Relaxed { get; } = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
}
