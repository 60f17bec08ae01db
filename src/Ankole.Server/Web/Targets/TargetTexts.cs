using Ankole.Control;
using Ankole.Server.Web.Controls;

namespace Ankole.Server.Web.Targets;

/// <summary>What each kind of target needs, in words.</summary>
internal static class TargetTexts
{
    private static readonly TargetKey[] S3 =
    [
        new("AWS_ACCESS_KEY_ID", "Access key id", false, null),
        new("AWS_SECRET_ACCESS_KEY", "Secret access key", true, null),
        new("AWS_ENDPOINTS", "Endpoint", false, "Only for a server that is not Amazon's: https://minio.example.com:9000"),
    ];

    private static readonly TargetKey[] Azure =
    [
        new("AZBLOB_ACCOUNT_NAME", "Account name", false, null),
        new("AZBLOB_ACCOUNT_KEY", "Account key", true, null),
        new("AZBLOB_ENDPOINT", "Endpoint", false, "Only for a server that is not Azure's own."),
    ];

    /// <summary>The values of a Secret that a target of this URL needs; none for one without credentials.</summary>
    public static IReadOnlyList<TargetKey> KeysFor(string url) => Scheme(url) switch { "s3" => S3, "azblob" => Azure, _ => [] };

    public static string HintFor(string url) => Scheme(url) switch
    {
        "s3" => "s3://bucket@region/path/ (a bucket that exists; the path may be empty, the slash not).",
        "nfs" => "nfs://server:/export/path (NFS 4; no mount and no root needed).",
        "azblob" => "azblob://container@core.windows.net/path/",
        "file" => "file:///directory on this host: better a mount of something else, since it should survive this host.",
        "" => "s3://bucket@region/path/, nfs://server:/export/path, azblob://container@core.windows.net/path/ or file:///directory. Empty: no backups.",
        var other => $"'{other}' is none of s3, nfs, azblob, file.",
    };

    /// <summary>A Go duration in words: <c>5m0s</c> is "5 minutes".</summary>
    public static string Interval(string duration) => GoDuration.TryParse(duration, out var time) ? Texts.About(time) : duration;

    private static string Scheme(string url) => url.Contains("://", StringComparison.Ordinal) ? url[..url.IndexOf("://", StringComparison.Ordinal)].ToLowerInvariant() : "";
}

/// <param name="Name">Longhorn's name of the value in the Secret.</param>
/// <param name="IsSecret">True: not shown while it is typed.</param>
internal sealed record TargetKey(string Name, string Label, bool IsSecret, string? Hint);
