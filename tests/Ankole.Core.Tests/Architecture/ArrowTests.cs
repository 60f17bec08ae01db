using System.Xml.Linq;

namespace Ankole.Core.Tests.Architecture;

/// <summary>The arrows of docs/design.md, read out of the project files.</summary>
public sealed class ArrowTests
{
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["Ankole.Core"] = [],
        ["Ankole.Files"] = ["Ankole.Core"],
        ["Ankole.Volumes"] = ["Ankole.Core", "Ankole.Files"],
        ["Ankole.Nbd"] = ["Ankole.Core"],
        ["Ankole.Nfs"] = ["Ankole.Core"],
        ["Ankole.Backup"] = ["Ankole.Core", "Ankole.Files", "Ankole.Nfs"],
        ["Ankole.Control"] = ["Ankole.Core", "Ankole.Files", "Ankole.Volumes", "Ankole.Nbd", "Ankole.Backup"],
        ["Ankole.Server"] = ["Ankole.Core", "Ankole.Files", "Ankole.Volumes", "Ankole.Nbd", "Ankole.Backup", "Ankole.Control"],
        ["Ankole.Cli"] = ["Ankole.Core", "Ankole.Files", "Ankole.Volumes", "Ankole.Nbd", "Ankole.Nfs", "Ankole.Backup", "Ankole.Control"],
    };

    public static TheoryData<string> Projects() => new(Directory.EnumerateFiles(Path.Combine(Repository.Root, "src"), "*.csproj", SearchOption.AllDirectories)
        .Select(path => Path.GetFileNameWithoutExtension(path)!));

    [Theory]
    [MemberData(nameof(Projects))]
    public void A_project_refers_only_to_what_the_design_draws_an_arrow_to(string project)
    {
        Assert.True(Allowed.ContainsKey(project), $"{project} is not on the map: add it to docs/design.md and to this test.");
        var references = Elements(project, "ProjectReference").Select(path => Path.GetFileNameWithoutExtension(path.Replace('\\', '/')));
        Assert.Empty(references.Except(Allowed[project]));
    }

    [Theory]
    [InlineData("Ankole.Core")]
    [InlineData("Ankole.Files")]
    public void The_lowest_parts_need_no_package(string project) => Assert.Empty(Elements(project, "PackageReference"));

    [Fact]
    public void Every_package_version_is_in_one_place()
    {
        var versioned = Directory.EnumerateFiles(Repository.Root, "*.csproj", SearchOption.AllDirectories)
            .Where(path => XDocument.Load(path).Descendants("PackageReference").Any(reference => reference.Attribute("Version") is not null));
        Assert.Empty(versioned);
    }

    private static IEnumerable<string> Elements(string project, string name) =>
        XDocument.Load(Path.Combine(Repository.Root, "src", project, project + ".csproj")).Descendants(name)
            .Select(element => element.Attribute("Include")!.Value);
}
