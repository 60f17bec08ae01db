using System.Security.Cryptography;
using System.Text;

namespace Ankole.Control;

/// <summary>Names of the resources that mirror what a target holds, and the labels that find them.</summary>
internal static class StoreNames
{
    private const int MaxLabelLength = 63;

    /// <summary>Longhorn's name for it: two targets may hold the same volume.</summary>
    public static string BackupVolume(string target, string volume) => $"{ResourceName(volume)}-{Hash($"{volume}-{target}")}";

    /// <summary>The name under which a backup that was found is mirrored: its own, where that is free and a resource may have it.</summary>
    public static string Mirrored(string backup) => MetadataRules.IsName(backup) ? backup : MirroredApart("", "", backup);

    /// <summary>The name for a backup whose own name another target's or volume's backup has already.</summary>
    public static string MirroredApart(string target, string volume, string backup) => $"{ResourceName(backup)}-{Hash($"{backup}/{volume}/{target}")}";

    public static Dictionary<string, string> Labels(string target, string volume) => new()
    {
        [SystemNames.BackupTargetLabel] = LabelValue(target), [SystemNames.BackupVolumeLabel] = LabelValue(volume),
    };

    public static LabelSelector Selector(string target, string? volume = null) => new(
    [
        new LabelRequirement(SystemNames.BackupTargetLabel, LabelOperator.In, [LabelValue(target)]),
        .. volume is null ? [] : (LabelRequirement[])[new LabelRequirement(SystemNames.BackupVolumeLabel, LabelOperator.In, [LabelValue(volume)])],
    ]);

    /// <summary>A label holds 63 characters, a foreign volume's name up to 200.</summary>
    public static string LabelValue(string name) =>
        name.Length <= MaxLabelLength && (name.Length == 0 || (char.IsAsciiLetterOrDigit(name[0]) && char.IsAsciiLetterOrDigit(name[^1])))
            ? name
            : $"{name[..Math.Min(name.Length, MaxLabelLength - 9)].Trim('.', '-', '_')}-{Hash(name)}";

    /// <summary>Eight hex digits of the SHA-256.</summary>
    public static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..8];

    private static string ResourceName(string name) => name.ToLowerInvariant().Trim('.', '-', '_');
}
