using System.Text.Json;
using Ankole.Cli.Yaml;
using Ankole.Control;

namespace Ankole.Cli.Resources;

/// <summary>Prints resources in the format that was asked for.</summary>
internal static class ResourceOutput
{
    /// <summary>What was done to a resource: a sentence for people, the resource itself for programs.</summary>
    public static void PrintDone(this CommandContext context, Resource resource, string sentence) => context.PrintOne(resource, writer => writer.WriteLine(sentence));

    public static void PrintOne(this CommandContext context, Resource resource, Action<TextWriter> asText)
    {
        var kind = ResourceKey.Of(resource).Kind;
        switch (context.Format)
        {
            case OutputFormat.Json:
                context.Output.WriteLine(Json(kind, resource));
                break;
            case OutputFormat.Yaml:
                YamlText.Write(context.Output, Element(kind, resource));
                break;
            case OutputFormat.Name:
                context.Output.WriteLine(QualifiedName(kind, resource.Name));
                break;
            default:
                asText(context.Output);
                break;
        }
    }

    /// <summary>A table for people, one List object for programs.</summary>
    /// <param name="nothing">What people read when there are none.</param>
    public static void PrintList(this CommandContext context, ResourceKind kind, IReadOnlyList<Resource> items, string nothing)
    {
        switch (context.Format)
        {
            case OutputFormat.Json:
                context.Output.WriteLine($$"""{"apiVersion":"v1","kind":"List","items":[{{string.Join(',', items.Select(item => Json(kind, item)))}}]}""");
                break;
            case OutputFormat.Yaml:
                foreach (var item in items)
                {
                    context.Output.WriteLine("---");
                    YamlText.Write(context.Output, Element(kind, item));
                }
                break;
            case OutputFormat.Name:
                foreach (var item in items)
                    context.Output.WriteLine(QualifiedName(kind, item.Name));
                break;
            default:
                if (items.Count == 0)
                    context.Note(nothing);
                else
                    TextTable.Write(context.Output, ResourceTable.Header(kind, IsWide(context)), [.. items.Select(item => ResourceTable.Row(kind, item, IsWide(context), context.Time.GetUtcNow()))]);
                break;
        }
    }

    public static bool IsWide(CommandContext context) => context.Format == OutputFormat.Wide;

    /// <summary><c>volume.ankole.io/data</c>, <c>secret/minio</c>: as kubectl writes names.</summary>
    public static string QualifiedName(ResourceKind kind, string name) => kind.Group.Length == 0 ? $"{kind.Singular}/{name}" : $"{kind.Singular}.{kind.Group}/{name}";

    public static string Json(ResourceKind kind, Resource resource) => System.Text.Encoding.UTF8.GetString(kind.ToJson(resource));

    public static JsonElement Element(ResourceKind kind, Resource resource) => JsonSerializer.SerializeToElement(resource, kind.TypeInfo);
}
