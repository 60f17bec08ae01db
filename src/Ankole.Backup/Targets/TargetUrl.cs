using Ankole.Core;

namespace Ankole.Backup;

/// <summary>
/// Where backups live, as a person writes it (Longhorn backupstore format, section 16). The forms are
/// <see cref="S3TargetUrl"/>, <see cref="NfsTargetUrl"/>, <see cref="CifsTargetUrl"/>, <see cref="AzureBlobTargetUrl"/> and
/// <see cref="DirectoryTargetUrl"/>. Never holds a secret, so it may be shown.
/// </summary>
/// <param name="Scheme">In lower case: <c>s3</c>, <c>nfs</c>, …</param>
/// <param name="Location">Everything before the query, as written.</param>
/// <param name="Query">What follows the first <c>?</c>, as written and still encoded; may be empty. It is part of no object's key.</param>
public abstract record TargetUrl(string Scheme, string Location, string Query)
{
    public const string SupportedSchemes = "s3, nfs, cifs, azblob, vfs or file";

    /// <exception cref="InvalidInputException">The text is no target; the message begins with Longhorn's own words and adds the fix.</exception>
    public static TargetUrl Parse(string? text)
    {
        var url = UrlText.Parse(text);
        return url.Scheme switch
        {
            "s3" => S3TargetUrl.From(url),
            "nfs" => NfsTargetUrl.From(url),
            "cifs" => CifsTargetUrl.From(url),
            "azblob" => AzureBlobTargetUrl.From(url),
            "vfs" or "file" => DirectoryTargetUrl.From(url),
            _ => throw new InvalidInputException($"driver {url.Scheme} is not supported: use {SupportedSchemes}."),
        };
    }

    public sealed override string ToString() => Query.Length == 0 ? Location : $"{Location}?{Query}";

    /// <summary>
    /// The values of a mount option key: one value is split at commas, several are taken as they are (section 16). Empty when the key is missing.
    /// </summary>
    internal IReadOnlyList<string> MountOptions(string key)
    {
        var values = UrlQuery.Parse(Query).Where(pair => pair.Key == key && pair.Value.Length > 0).Select(pair => pair.Value).ToList();
        return values is [var single] ? single.Split(',', StringSplitOptions.RemoveEmptyEntries) : values;
    }

    /// <summary>The path as the first part of every object's key: no slash in front, one at the end unless it is empty.</summary>
    protected static string KeyPrefixOf(string cleanPath) => cleanPath == "/" ? "" : cleanPath[1..] + "/";
}
