using Ankole.Control;
using Ankole.Core;

namespace Ankole.Cli.Resources;

/// <summary>Kinds as people write them: <c>Volume</c>, <c>volumes</c>, <c>vol</c>, <c>volumes.ankole.io</c>.</summary>
internal static class KindName
{
    /// <exception cref="InvalidInputException">There is no such kind.</exception>
    public static ResourceKind Parse(string text) =>
        Kinds.All.FirstOrDefault(kind => Names(kind).Contains(text, StringComparer.OrdinalIgnoreCase))
            ?? throw new InvalidInputException($"there is no kind '{text}': use one of {string.Join(", ", Kinds.All.Select(kind => kind.Plural))}.");

    /// <summary>What the commands call them.</summary>
    private static readonly Dictionary<ResourceKind, string[]> Nouns = new()
    {
        [Kinds.BackupTarget] = ["target", "targets"], [Kinds.RecurringJob] = ["jobs"], [Kinds.VolumeOperation] = ["operation", "operations"],
        [Kinds.BackupVolume] = ["backup-volume", "backup-volumes"],
    };

    public static IEnumerable<string> Names(ResourceKind kind) =>
        [kind.Plural, kind.Singular, .. kind.ShortNames, .. Nouns.GetValueOrDefault(kind, []), .. kind.Group.Length > 0 ? new[] { $"{kind.Plural}.{kind.Group}", $"{kind.Singular}.{kind.Group}" } : []];
}
