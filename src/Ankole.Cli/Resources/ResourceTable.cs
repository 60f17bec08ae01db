using Ankole.Control;

namespace Ankole.Cli.Resources;

/// <summary>A kind's columns, as the kind itself names them.</summary>
internal static class ResourceTable
{
    public static IReadOnlyList<string> Header(ResourceKind kind, bool isWide) =>
        [.. HasName(kind) ? new[] { "NAME" } : [], .. Columns(kind, isWide).Select(column => column.Name.ToUpperInvariant())];

    public static IReadOnlyList<string> Row(ResourceKind kind, Resource resource, bool isWide, DateTimeOffset now)
    {
        var element = ResourceOutput.Element(kind, resource);
        var name = resource.Name + (resource.IsDeleting ? " (going)" : "");
        return [.. HasName(kind) ? new[] { name } : [], .. Columns(kind, isWide).Select(column => FieldValue.Show(element, column, now))];
    }

    /// <summary>An event's name is a number for machines.</summary>
    private static bool HasName(ResourceKind kind) => kind != Kinds.Event;

    public static IEnumerable<PrinterColumn> Columns(ResourceKind kind, bool isWide) => kind.Columns.Where(column => isWide || !column.Wide);
}
