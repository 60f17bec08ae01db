using Ankole.Core;

namespace Ankole.Backup;

/// <summary>
/// A target together with a volume and perhaps a backup in it: <c>TARGETURL?backup=NAME&amp;volume=VOLUME</c>
/// (Longhorn backupstore format, section 17).
/// </summary>
/// <param name="Volume">Null: the URL names the target only.</param>
/// <param name="Backup">Null: the URL names the volume, or the target, only.</param>
public sealed record BackupUrl(TargetUrl Target, string? Volume, string? Backup)
{
    private const string VolumeKey = "volume";
    private const string BackupKey = "backup";

    /// <summary>What an <c>&amp;</c> that lost its backslash may be followed by; none of it can be inside a name, which has no <c>=</c>.</summary>
    private static readonly string[] KeysAfterAmpersand = [VolumeKey, BackupKey, "nfsOptions", "cifsOptions"];

    /// <summary>A volume's or a backup's URL.</summary>
    /// <exception cref="InvalidInputException">No target, no volume, or a name that is not allowed.</exception>
    public static BackupUrl Parse(string? text)
    {
        var url = ParseAny(text);
        return url.Volume is not null
            ? url
            : throw new InvalidInputException(
                $"invalid volume name parsed, got : '{url.Target}' names no volume. Add ?volume=NAME, or ?backup=NAME&volume=NAME.");
    }

    /// <summary>A target's, a volume's or a backup's URL.</summary>
    /// <exception cref="InvalidInputException">No target, a backup without a volume, or a name that is not allowed.</exception>
    public static BackupUrl ParseAny(string? text)
    {
        var target = TargetUrl.Parse(text is null ? null : RestoreAmpersands(text));
        var pairs = UrlQuery.Parse(target.Query);
        var keys = pairs.Count;
        var volume = Take(pairs, VolumeKey);
        var backup = Take(pairs, BackupKey);
        if (volume is not null && !ObjectName.IsValid(volume))
            throw new InvalidInputException($"invalid volume name parsed, got {volume}: a name has 2 or more letters, digits, '_', '.' or '-'.");
        if (backup is not null && !ObjectName.IsValid(backup))
            throw new InvalidInputException($"invalid backup name parsed, got {backup}: a name has 2 or more letters, digits, '_', '.' or '-'.");
        if (backup is not null && volume is null)
            throw new InvalidInputException($"invalid volume name parsed, got : the URL names backup '{backup}' but no volume. Add &volume=NAME.");
        return new BackupUrl(pairs.Count == keys ? target : target with { Query = UrlQuery.Write(pairs) }, volume, backup);
    }

    /// <summary>The URL with its query's keys sorted and its values percent-encoded.</summary>
    public override string ToString()
    {
        var pairs = UrlQuery.Parse(Target.Query);
        if (Backup is not null)
            pairs.Add(new(BackupKey, Backup));
        if (Volume is not null)
            pairs.Add(new(VolumeKey, Volume));
        return pairs.Count == 0 ? Target.Location : $"{Target.Location}?{UrlQuery.Write(pairs)}";
    }

    /// <summary>Removes every value of the key and returns the first; an empty value counts as none.</summary>
    private static string? Take(List<KeyValuePair<string, string>> pairs, string key)
    {
        var value = pairs.Find(pair => pair.Key == key).Value;
        pairs.RemoveAll(pair => pair.Key == key);
        return string.IsNullOrEmpty(value) ? null : value;
    }

    /// <summary>
    /// JSON printed by tools shows <c>&amp;</c> as <c>\u0026</c>, and a shell may eat the backslash. A backslash is never part of a URL, so the
    /// first form always means <c>&amp;</c>. The bare <c>u0026</c> may be part of a path or a name and means <c>&amp;</c> only in the query,
    /// before a key that would otherwise be missing (section 22, item 21).
    /// </summary>
    private static string RestoreAmpersands(string text)
    {
        text = text.Replace(@"\u0026", "&", StringComparison.OrdinalIgnoreCase);
        var question = text.IndexOf('?', StringComparison.Ordinal);
        if (question < 0)
            return text;
        var query = text[(question + 1)..];
        if (UrlQuery.Parse(query).Exists(pair => pair.Key == VolumeKey && ObjectName.IsValid(pair.Value)))
            return text;
        foreach (var key in KeysAfterAmpersand)
            query = query.Replace($"u0026{key}=", $"&{key}=", StringComparison.Ordinal);
        return text[..(question + 1)] + query;
    }
}
