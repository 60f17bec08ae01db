using Ankole.Core;

namespace Ankole.Backup;

/// <summary>A directory of this machine: <c>file:///ABSOLUTE/PATH</c>, or <c>vfs:///ABSOLUTE/PATH</c> as Longhorn writes it.</summary>
/// <param name="Path">Absolute, cleaned.</param>
public sealed record DirectoryTargetUrl(string Scheme, string Location, string Query, string Path) : TargetUrl(Scheme, Location, Query)
{
    internal static DirectoryTargetUrl From(UrlText url)
    {
        var name = url.Scheme == "vfs" ? "VFS" : url.Scheme;
        if (url.Host.Length > 0 || url.User is not null)
            throw new InvalidInputException(
                $"{name} path must follow: {url.Scheme}:///path/ format: '{url.Location}' has a host where nothing may be. Write three slashes before the path.");
        if (url.Path.Length == 0)
            throw new InvalidInputException(
                $"cannot find {url.Scheme} path: '{url.Location}' names no directory. Write {url.Scheme}:///absolute/path.");
        return new DirectoryTargetUrl(url.Scheme, url.Location, url.Query, url.CleanPath());
    }
}
