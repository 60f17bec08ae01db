using System.Runtime.CompilerServices;
using System.Text.Json;
using Ankole.Core;

namespace Ankole.Control;

/// <summary>The resources of a server, over its HTTP API.</summary>
/// <remarks>The client stays the caller's.</remarks>
public sealed class HttpResourceStore(ApiClient client, TimeProvider time) : IResourceStore
{
    /// <summary>A watch is opened anew after this long, so that a connection whose other end is gone is noticed.</summary>
    private static readonly TimeSpan WatchDuration = TimeSpan.FromMinutes(5);

    /// <summary>Added to it before silence counts as a dead connection.</summary>
    private static readonly TimeSpan WatchGrace = TimeSpan.FromSeconds(30);

    public async ValueTask<Resource?> GetAsync(ResourceKey key, CancellationToken cancellationToken)
    {
        try
        {
            return key.Kind.Parse(await client.SendAsync(HttpMethod.Get, ResourcePath.Of(key), null, cancellationToken));
        }
        catch (RemoteApiException e) when (e is { Code: 404, Reason: "NotFound" })
        {
            return null;
        }
    }

    public async ValueTask<ResourceList> ListAsync(ResourceQuery query, CancellationToken cancellationToken)
    {
        var path = ResourcePath.Of(query.Kind, query.Namespace) + ResourcePath.Query(
            [("limit", query.Limit?.ToString()), ("continue", query.Continue), .. ResourcePath.Selectors(query)]);
        byte[] answer;
        try
        {
            answer = await client.SendAsync(HttpMethod.Get, path, null, cancellationToken);
        }
        catch (RemoteApiException e) when (e.Code == 410)
        {
            throw new ResourceExpiredException($"The page of {query.Kind.Plural}");
        }
        catch (RemoteApiException e) when (e.Code == 400)
        {
            throw new InvalidInputException(e.Message, e);
        }
        using var document = JsonDocument.Parse(answer);
        var metadata = document.RootElement.GetProperty("metadata");
        var items = document.RootElement.TryGetProperty("items", out var list) && list.ValueKind == JsonValueKind.Array
            ? list.EnumerateArray().Select(item => (Resource)item.Deserialize(query.Kind.TypeInfo)!).ToList()
            : [];
        return new ResourceList(
            items, Text(metadata, "resourceVersion") ?? "", Text(metadata, "continue"),
            metadata.TryGetProperty("remainingItemCount", out var remaining) ? remaining.GetInt64() : null);
    }

    public async ValueTask<T> CreateAsync<T>(T resource, CancellationToken cancellationToken) where T : Resource
    {
        var key = Key(resource);
        // A version belongs to what exists: the server takes no new resource that carries one.
        resource = (T)(resource with { Metadata = resource.Metadata with { ResourceVersion = null } });
        return (T)await WriteAsync(HttpMethod.Post, ResourcePath.Of(key.Kind, key.Namespace ?? SystemNames.Namespace), key, resource, cancellationToken);
    }

    public async ValueTask<T> UpdateAsync<T>(T resource, CancellationToken cancellationToken) where T : Resource
    {
        var key = Key(resource);
        return (T)await WriteAsync(HttpMethod.Put, ResourcePath.Of(key), key, resource, cancellationToken);
    }

    public async ValueTask<T> UpdateStatusAsync<T>(T resource, CancellationToken cancellationToken) where T : Resource
    {
        var key = Key(resource);
        return (T)await WriteAsync(HttpMethod.Put, ResourcePath.Of(key, "status"), key, resource, cancellationToken);
    }

    public async ValueTask<Resource?> DeleteAsync(ResourceKey key, DeletePreconditions? preconditions, CancellationToken cancellationToken)
    {
        // The answer to a deletion need not be the resource, so it is read before.
        if (await GetAsync(key, cancellationToken) is not { } last)
            return null;
        try
        {
            var answer = await client.SendAsync(HttpMethod.Delete, ResourcePath.Of(key), ApiBody.DeleteOptions(preconditions), cancellationToken);
            using var document = JsonDocument.Parse(answer);
            return Text(document.RootElement, "kind") == key.Kind.Kind ? (Resource)document.RootElement.Deserialize(key.Kind.TypeInfo)! : last;
        }
        catch (RemoteApiException e) when (e.Code == 404)
        {
            return null;
        }
        catch (RemoteApiException e)
        {
            throw e.About(key);
        }
    }

    public async IAsyncEnumerable<ResourceEvent> WatchAsync(
        ResourceQuery query, string? fromVersion, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var version = fromVersion;
        if (version is null)
        {
            var page = await ListAsync(query with { Limit = 500, Continue = null }, cancellationToken);
            version = page.Version;
            while (true)
            {
                foreach (var item in page.Items)
                    yield return new ResourceEvent(ResourceChange.Added, item);
                if (page.Continue is null)
                    break;
                page = await ListAsync(query with { Limit = 500, Continue = page.Continue }, cancellationToken);
            }
            yield return new ResourceEvent(ResourceChange.Bookmark, BookmarkOf(query.Kind, version));
        }
        var backOff = new ReconnectBackOff(client.Server.ReconnectPatience, time);
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (await backOff.TryAsync(token => HttpWatchStream.OpenAsync(client, query, version, WatchDuration, token), cancellationToken) is not { } stream)
                continue;
            await using (stream)
            {
                using var silence = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
                silence.CancelAfter(WatchDuration + WatchGrace);
                while (await ReadAsync(stream, silence.Token, cancellationToken) is { } change)
                {
                    backOff.Reset();
                    version = change.Resource.Metadata.ResourceVersion ?? version;
                    yield return change;
                }
            }
            await backOff.PauseAsync(cancellationToken);
        }
    }

    /// <summary>Null when the connection has ended, however: the next one goes on where it was.</summary>
    private static async Task<ResourceEvent?> ReadAsync(HttpWatchStream stream, CancellationToken silence, CancellationToken cancellationToken)
    {
        try
        {
            return await stream.ReadAsync(silence);
        }
        catch (Exception e) when (e is IOException or HttpRequestException)
        {
            return null;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }

    private async Task<Resource> WriteAsync(HttpMethod method, string path, ResourceKey key, Resource resource, CancellationToken cancellationToken)
    {
        try
        {
            return key.Kind.Parse(await client.SendAsync(method, path, key.Kind.ToJson(resource), cancellationToken));
        }
        catch (RemoteApiException e)
        {
            throw e.About(key);
        }
    }

    private static Resource BookmarkOf(ResourceKind kind, string version)
    {
        var empty = kind.Parse("{}"u8);
        return empty with { Metadata = empty.Metadata with { ResourceVersion = version } };
    }

    private static ResourceKey Key(Resource resource)
    {
        var key = ResourceKey.Of(resource);
        return key.Name.Length == 0 && resource.Metadata.GenerateName is { } prefix ? key with { Name = prefix + "…" } : key;
    }

    private static string? Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out var property) && property.ValueKind == JsonValueKind.String && property.GetString() is { Length: > 0 } text ? text : null;
}
