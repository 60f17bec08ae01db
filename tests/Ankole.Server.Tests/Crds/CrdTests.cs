
namespace Ankole.Server.Tests.Crds;

public sealed class CrdTests
{
    [Fact]
    public void The_manifests_in_deploy_are_those_of_the_types()
    {
        var folder = Path.Combine(Root(), "deploy", "crds");
        var expected = CrdsCommand.CrdKinds.ToDictionary(CrdsCommand.FileName, CrdsCommand.TextOf);
        Assert.Equal(expected.Keys.Order(), Directory.EnumerateFiles(folder).Select(Path.GetFileName).Order());
        foreach (var (file, text) in expected)
            Assert.True(text == File.ReadAllText(Path.Combine(folder, file)), $"deploy/crds/{file} is out of date: run 'ankoled crds deploy/crds'");
    }

    [Fact]
    public void Every_place_of_a_schema_has_a_type_as_structural_schemas_must()
    {
        foreach (var kind in CrdsCommand.CrdKinds)
            AssertStructural(CrdManifest.Of(kind)["spec"]!["versions"]![0]!["schema"]!["openAPIV3Schema"]!.AsObject(), kind.Kind);
    }

    [Theory]
    [InlineData("""{"a":"true","b":true,"c":"1","d":"x: y","e":[],"f":{},"g":["p",{"q":1,"r":["s"]}],"h":"","i":"- x"}""")]
    public void Yaml_says_what_the_json_said(string json)
    {
        const string expected = "a: \"true\"\nb: true\nc: \"1\"\nd: \"x: y\"\ne: []\nf: {}\ng:\n- p\n- q: 1\n  r:\n  - s\nh: \"\"\ni: \"- x\"\n";
        Assert.Equal(expected, YamlText.Of(System.Text.Json.Nodes.JsonNode.Parse(json)!));
    }

    private static void AssertStructural(System.Text.Json.Nodes.JsonObject schema, string path)
    {
        Assert.True(schema["type"] is not null, $"{path} has no type");
        foreach (var (name, property) in schema["properties"]?.AsObject() ?? [])
            AssertStructural(property!.AsObject(), $"{path}.{name}");
        foreach (var part in (string[])["items", "additionalProperties"])
            if (schema[part] is System.Text.Json.Nodes.JsonObject inner)
                AssertStructural(inner, $"{path}.{part}");
    }

    private static string Root()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Ankole.slnx")))
            folder = Path.GetDirectoryName(folder)!;
        return folder;
    }
}
