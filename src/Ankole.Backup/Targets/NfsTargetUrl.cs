using Ankole.Core;

namespace Ankole.Backup;

/// <summary><c>nfs://SERVER:/EXPORT/PATH[?nfsOptions=OPTIONS]</c>. NFSv4 only.</summary>
/// <param name="Server">A name or an address; IPv6 in brackets.</param>
/// <param name="Path">Absolute, cleaned.</param>
public sealed record NfsTargetUrl(string Location, string Query, string Server, string Path) : TargetUrl("nfs", Location, Query)
{
    private const string WrongForm = "NFS path must follow format: nfs://<server-address>:/<share-name>/";

    public IReadOnlyList<string> Options => MountOptions("nfsOptions");

    internal static NfsTargetUrl From(UrlText url)
    {
        var server = url.Host.EndsWith(':') ? url.Host[..^1] : url.Host;
        if (server.Length == 0 || url.User is not null)
            throw new InvalidInputException($"{WrongForm}: '{url.Location}' names no server.");
        var afterAddress = server.StartsWith('[') ? server[(server.IndexOf(']', StringComparison.Ordinal) + 1)..] : server;
        if (afterAddress.Contains(':', StringComparison.Ordinal))
            throw new InvalidInputException(
                $"{WrongForm}: '{url.Location}' has a port between server and path. Write it as an option: ?nfsOptions=port=2049; IPv6 addresses go in brackets.");
        if (url.Path.Length == 0)
            throw new InvalidInputException($"cannot find nfs path: '{url.Location}' names no export. {WrongForm}.");
        return new NfsTargetUrl(url.Location, url.Query, server, url.CleanPath());
    }
}
