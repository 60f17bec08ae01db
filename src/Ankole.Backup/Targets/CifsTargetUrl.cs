using Ankole.Core;

namespace Ankole.Backup;

/// <summary><c>cifs://SERVER/SHARE/PATH[?cifsOptions=OPTIONS]</c>.</summary>
/// <param name="Path">Absolute, cleaned: <c>/SHARE</c> or <c>/SHARE/PATH</c>.</param>
public sealed record CifsTargetUrl(string Location, string Query, string Server, string Path) : TargetUrl("cifs", Location, Query)
{
    private const string WrongForm = "CIFS path must follow format: cifs://<server-address>/<share-name>/";

    public IReadOnlyList<string> Options => MountOptions("cifsOptions");

    internal static CifsTargetUrl From(UrlText url)
    {
        if (url.Host.Length == 0)
            throw new InvalidInputException($"{WrongForm}: '{url.Location}' names no server.");
        if (url.User is not null)
            throw new InvalidInputException($"{WrongForm}: a user's name goes into the credential CIFS_USERNAME, not into the URL.");
        if (url.Path.Trim('/').Length == 0)
            throw new InvalidInputException($"cannot find CIFS path: '{url.Location}' names no share. {WrongForm}.");
        return new CifsTargetUrl(url.Location, url.Query, url.Host, url.CleanPath());
    }
}
