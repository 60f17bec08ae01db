using System.Runtime.CompilerServices;
using Amazon.S3;
using Amazon.S3.Model;
using Ankole.Core;

namespace Ankole.Backup;

/// <summary>Listings. A page that contradicts itself or the pages before it ends the listing with an error: what is listed decides what is deleted.</summary>
internal sealed partial class S3ObjectStore
{
    /// <summary>The most that S3 gives.</summary>
    private const int KeysPerPage = 1000;

    /// <summary>Pages may be empty while a server passes over deleted objects; so many in a row mean that it never ends.</summary>
    private const int EmptyPagesInARow = 1000;

    public async IAsyncEnumerable<ObjectEntry> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var page in PagesAsync(prefix, delimiter: null, cancellationToken))
        {
            foreach (var found in page.S3Objects ?? [])
            {
                var name = NameBelow(prefix, Decoded(found.Key, page));
                if (ObjectNames.IsForeign(name))
                    continue;
                if (found.Size is not >= 0)
                    throw Contradiction(prefix, $"gives no size for '{prefix}{name}'");
                yield return new ObjectEntry(prefix + name, found.Size.Value, Utc(found.LastModified));
            }
        }
    }

    public async IAsyncEnumerable<string> ListFoldersAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var page in PagesAsync(prefix, delimiter: "/", cancellationToken))
        {
            foreach (var folder in page.CommonPrefixes ?? [])
            {
                var name = NameBelow(prefix, Decoded(folder, page)).TrimEnd('/');
                if (!ObjectNames.IsForeign(name))
                    yield return name;
            }
        }
    }

    private async IAsyncEnumerable<ListObjectsV2Response> PagesAsync(
        string prefix, string? delimiter, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var tokens = new HashSet<string>(StringComparer.Ordinal);
        var emptyPages = 0;
        string? token = null;
        string? firstOfLastPage = null;
        while (true)
        {
            var page = await PageAsync(prefix, delimiter, token, cancellationToken);
            var first = page.S3Objects is [var entry, ..] ? entry.Key : page.CommonPrefixes is [var folder, ..] ? folder : null;
            if (first is not null && first == firstOfLastPage)
                throw Contradiction(prefix, "gives the same page again and again");
            firstOfLastPage = first ?? firstOfLastPage;
            emptyPages = first is null ? emptyPages + 1 : 0;
            yield return page;
            if (page.IsTruncated is false)
                yield break;
            token = page.NextContinuationToken;
            if (string.IsNullOrEmpty(token))
                throw Contradiction(prefix, "says that there is more but not where");
            if (!tokens.Add(token))
                throw Contradiction(prefix, "leads back to a page it gave before");
            if (emptyPages > EmptyPagesInARow)
                throw Contradiction(prefix, $"gave {emptyPages} empty pages in a row");
        }
    }

    private ValueTask<ListObjectsV2Response> PageAsync(string prefix, string? delimiter, string? token, CancellationToken cancellationToken) =>
        pipeline.SendAsync(S3Action.List, Quoted(prefix), bytes: 0, async attempt =>
        {
            Requests.CountList();
            var page = await client.ListObjectsV2Async(new ListObjectsV2Request
            {
                BucketName = settings.Bucket,
                Prefix = settings.KeyPrefix + prefix,
                Delimiter = delimiter,
                ContinuationToken = token,
                MaxKeys = KeysPerPage,
                // A foreign key may hold characters that XML cannot carry.
                Encoding = EncodingType.Url,
            }, attempt.Token);
            // Every listing says whether it ends here. Whatever else a 200 brought, a web page or nothing at all, is not "no objects".
            return page.IsTruncated is not null ? page : throw Contradiction(prefix, "answered with something that is no listing");
        }, cancellationToken);

    private static string Decoded(string text, ListObjectsV2Response page) =>
        page.Encoding == EncodingType.Url ? System.Net.WebUtility.UrlDecode(text) : text;

    private string NameBelow(string prefix, string fullKey)
    {
        var fullPrefix = settings.KeyPrefix + prefix;
        return fullKey.StartsWith(fullPrefix, StringComparison.Ordinal)
            ? fullKey[fullPrefix.Length..]
            : throw Contradiction(prefix, $"gives '{fullKey}', which is not below it");
    }

    private ObjectStoreException Contradiction(string prefix, string what) => new(
        ErrorKind.Damaged, $"the listing of '{prefix}' in {DisplayName} cannot be trusted: the server {what}. Nothing that depends on it was done.");
}
