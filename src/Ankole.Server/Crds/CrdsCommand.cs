using System.CommandLine;
using Ankole.Control;

namespace Ankole.Server;

/// <summary><c>ankoled crds DIR</c>: writes the CRD manifests, one file a kind. Run by who changes the kinds.</summary>
internal static class CrdsCommand
{
    public static IEnumerable<ResourceKind> CrdKinds => Kinds.All.Where(kind => kind.Group == ApiGroup.Ankole);

    public static Command Create()
    {
        var directory = new Argument<string>("DIR");
        var command = new Command("crds", "Writes the manifests of the custom resource definitions.") { directory };
        command.Hidden = true;
        command.SetAction(parse =>
        {
            var into = parse.GetValue(directory)!;
            Directory.CreateDirectory(into);
            foreach (var kind in CrdKinds)
                File.WriteAllText(Path.Combine(into, FileName(kind)), TextOf(kind));
        });
        return command;
    }

    public static string FileName(ResourceKind kind) => $"{kind.Group}_{kind.Plural}.yaml";

    public static string TextOf(ResourceKind kind) => "# Generated from the resource types by 'ankoled crds'. Do not edit.\n" + YamlText.Of(CrdManifest.Of(kind));
}
