using System.Runtime.CompilerServices;
using Ankole.Core;
using Azure;
using Azure.Storage.Blobs.Models;

namespace Ankole.Backup;

/// <summary>Listings. A page that contradicts itself or the pages before it ends the listing with an error: what is listed decides what is deleted.</summary>
internal sealed partial class AzureBlobObjectStore
{
    /// <summary>The most that the service gives.</summary>
    private const int BlobsPerPage = 5000;

    /// <summary>Pages may be empty while the service passes over deleted blobs; so many in a row mean that it never ends.</summary>
    private const int EmptyPagesInARow = 1000;

    public async IAsyncEnumerable<ObjectEntry> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var options = new GetBlobsOptions { Prefix = settings.KeyPrefix + prefix };
        await foreach (var blob in ItemsAsync(prefix, (token, stop) => container.GetBlobsAsync(options, stop).AsPages(token, BlobsPerPage), cancellationToken))
        {
            var name = NameBelow(prefix, blob.Name);
            if (ObjectNames.IsForeign(name))
                continue;
            if (blob.Properties.ContentLength is not >= 0 || blob.Properties.LastModified is not { } time)
                throw Contradiction(prefix, $"gives no size or time for '{prefix}{name}'");
            yield return new ObjectEntry(prefix + name, blob.Properties.ContentLength.Value, time);
        }
    }

    public async IAsyncEnumerable<string> ListFoldersAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var options = new GetBlobsByHierarchyOptions { Prefix = settings.KeyPrefix + prefix, Delimiter = "/" };
        await foreach (var item in ItemsAsync(prefix, (token, stop) => container.GetBlobsByHierarchyAsync(options, stop).AsPages(token, BlobsPerPage), cancellationToken))
        {
            if (!item.IsPrefix)
                continue;
            var name = NameBelow(prefix, item.Prefix).TrimEnd('/');
            if (!ObjectNames.IsForeign(name))
                yield return name;
        }
    }

    private async IAsyncEnumerable<T> ItemsAsync<T>(
        string prefix, Func<string?, CancellationToken, IAsyncEnumerable<Page<T>>> pagesFrom, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var tokens = new HashSet<string>(StringComparer.Ordinal);
        var emptyPages = 0;
        string? token = null;
        do
        {
            var page = await PageAsync(prefix, pagesFrom, token, cancellationToken);
            foreach (var item in page.Values)
                yield return item;
            emptyPages = page.Values.Count == 0 ? emptyPages + 1 : 0;
            token = page.ContinuationToken;
            if (!string.IsNullOrEmpty(token) && !tokens.Add(token))
                throw Contradiction(prefix, "leads back to a page it gave before");
            if (emptyPages > EmptyPagesInARow)
                throw Contradiction(prefix, $"gave {emptyPages} empty pages in a row");
        }
        while (!string.IsNullOrEmpty(token));
    }

    private ValueTask<Page<T>> PageAsync<T>(
        string prefix, Func<string?, CancellationToken, IAsyncEnumerable<Page<T>>> pagesFrom, string? token, CancellationToken cancellationToken) =>
        pipeline.SendAsync(List, Quoted(prefix), bytes: 0, async attempt =>
        {
            Requests.CountList();
            try
            {
                await using var pages = pagesFrom(token, attempt.Token).GetAsyncEnumerator(attempt.Token);
                return await pages.MoveNextAsync() ? pages.Current : throw Contradiction(prefix, "gives no page at all");
            }
            catch (Exception e) when (e is System.Xml.XmlException or NullReferenceException or FormatException)
            {
                // The SDK expects a listing; a web page, or half of an answer, is not "no objects".
                throw Contradiction(prefix, "answered with something that is no listing");
            }
        }, cancellationToken);

    private string NameBelow(string prefix, string fullName)
    {
        var fullPrefix = settings.KeyPrefix + prefix;
        return fullName.StartsWith(fullPrefix, StringComparison.Ordinal)
            ? fullName[fullPrefix.Length..]
            : throw Contradiction(prefix, $"gives '{fullName}', which is not below it");
    }

    private ObjectStoreException Contradiction(string prefix, string what) => new(
        ErrorKind.Damaged, $"the listing of '{prefix}' in {DisplayName} cannot be trusted: the server {what}. Nothing that depends on it was done.");
}
