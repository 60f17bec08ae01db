using System.Text;
using Ankole.Core;

namespace Ankole.Backup;

/// <summary>
/// A target's URL cut into its parts, nothing decoded: <c>SCHEME://[USER@]HOST[/PATH][?QUERY]</c>. General URL classes mend what they read
/// (an empty port, the case of a host, which is a bucket's name here); this does not.
/// </summary>
internal readonly record struct UrlText(string Scheme, string? User, string Host, string Path, string Query)
{
    /// <summary>Everything before the query, as it was written, the scheme in lower case.</summary>
    public string Location => $"{Scheme}://{(User is null ? "" : User + "@")}{Host}{Path}";

    /// <exception cref="InvalidInputException">Empty, without a scheme, or with a part that no target has.</exception>
    public static UrlText Parse(string? text)
    {
        if (string.IsNullOrWhiteSpace(text))
            throw new InvalidInputException("destination URL hasn't been specified: give a target such as s3://bucket@region/path/ or file:///srv/backup.");
        if (text.Any(char.IsControl) || text != text.Trim())
            throw new InvalidInputException(
                "the target URL begins or ends with a blank, or contains a line break or another control character: remove it.");
        var schemeEnd = text.IndexOf("://", StringComparison.Ordinal);
        if (schemeEnd <= 0)
            throw new InvalidInputException($"driver  is not supported: '{text}' has no scheme. For a directory write file:///absolute/path.");

        var query = text.IndexOf('?', StringComparison.Ordinal);
        var beforeQuery = query < 0 ? text : text[..query];
        if (text.Contains('#', StringComparison.Ordinal))
            throw new InvalidInputException("the target URL contains '#', which ends a URL's address: write %23 for it.");

        var rest = beforeQuery[(schemeEnd + 3)..];
        var slash = rest.IndexOf('/', StringComparison.Ordinal);
        var authority = slash < 0 ? rest : rest[..slash];
        var at = authority.LastIndexOf('@');
        var user = at < 0 ? null : authority[..at];
        var scheme = text[..schemeEnd].ToLowerInvariant();
        if (user is not null && user.Contains(':', StringComparison.Ordinal))
            throw new InvalidInputException(
                $"the {scheme} target URL holds a password before its '@', which would end up in records and logs: " +
                "remove it and give credentials in the environment (docs/targets.md lists the keys).");
        return new UrlText(scheme, user, authority[(at + 1)..], slash < 0 ? "" : rest[slash..], query < 0 ? "" : text[(query + 1)..]);
    }

    /// <summary>The path percent-decoded and cleaned: one slash between names, no <c>.</c> or <c>..</c>, no slash at the end (but <c>/</c> alone).</summary>
    /// <exception cref="InvalidInputException">A <c>%</c> is not followed by two hex digits, or the bytes are no UTF-8.</exception>
    public string CleanPath()
    {
        var names = new List<string>();
        foreach (var name in PercentEncoding.Decode(Path, plusIsBlank: false).Split('/'))
        {
            if (name is "" or ".")
                continue;
            if (name != "..")
                names.Add(name);
            else if (names.Count > 0)
                names.RemoveAt(names.Count - 1);
        }
        var clean = new StringBuilder();
        foreach (var name in names)
            clean.Append('/').Append(name);
        return clean.Length == 0 ? "/" : clean.ToString();
    }
}
