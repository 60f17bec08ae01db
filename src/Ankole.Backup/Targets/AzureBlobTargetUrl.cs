using Ankole.Core;

namespace Ankole.Backup;

/// <summary><c>azblob://CONTAINER@ENDPOINTSUFFIX/PATH/</c> or <c>azblob://CONTAINER/PATH</c>.</summary>
/// <param name="EndpointSuffix">The public cloud's when the URL names none.</param>
/// <param name="KeyPrefix">In front of every key: empty, or a path without leading slash that ends with one.</param>
public sealed record AzureBlobTargetUrl(string Location, string Query, string Container, string EndpointSuffix, string KeyPrefix)
    : TargetUrl("azblob", Location, Query)
{
    public const string PublicCloudSuffix = "core.windows.net";

    private const string WrongForm = "invalid URL. Must be either azblob://container@serviceurl/path/, or azblob://container/path";

    internal static AzureBlobTargetUrl From(UrlText url)
    {
        var (container, suffix) = url.User is null ? (url.Host, PublicCloudSuffix) : (url.User, url.Host);
        if (container.Length == 0)
            throw new InvalidInputException($"{WrongForm}: '{url.Location}' names no container.");
        if (suffix.Length == 0)
            throw new InvalidInputException($"{WrongForm}: '{url.Location}' has an '@' without an endpoint suffix behind it, as {PublicCloudSuffix} is.");
        if (url.Path.Length == 0)
            throw new InvalidInputException($"{WrongForm}: '{url.Location}' has no path; '/' is enough, as in {url.Location}/.");
        return new AzureBlobTargetUrl(url.Location, url.Query, container, suffix, KeyPrefixOf(url.CleanPath()));
    }
}
