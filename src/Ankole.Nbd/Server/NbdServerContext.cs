using Microsoft.Extensions.Logging;

namespace Ankole.Nbd;

/// <summary>What all connections of a server share.</summary>
internal sealed record NbdServerContext(
    IReadOnlyList<NbdExport> Exports, NbdServerOptions Options, ILogger Logger, TimeProvider TimeProvider)
{
    /// <summary>The export of that name; the empty name also finds the only export.</summary>
    public NbdExport? FindExport(string name) =>
        Exports.FirstOrDefault(export => export.Name == name) ?? (name.Length == 0 && Exports.Count == 1 ? Exports[0] : null);
}
