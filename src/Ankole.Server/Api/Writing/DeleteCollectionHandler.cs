using Ankole.Control;

namespace Ankole.Server;

/// <summary><c>DELETE …/PLURAL</c>: everything that the selectors name, page by page; answered with what was deleted.</summary>
internal static class DeleteCollectionHandler
{
    private const int PageSize = 100;

    public static async Task HandleAsync(ApiRequest request)
    {
        if (request.Kind.IsNamespaced && request.Namespace is null)
            throw ApiException.MethodNotAllowed("DELETE", request.Http.Request.Path);
        var options = await DeleteOptions.ReadAsync(request);
        if (options.Orphans)
            throw ApiException.BadRequest("propagationPolicy Orphan is for one resource at a time.");
        var store = options.IsDryRun ? request.Stores.DryRun : request.Stores.Live;
        var page = await store.ListAsync(request.ToQuery() with { Limit = PageSize }, request.Aborted);

        request.Http.Response.ContentType = "application/json";
        await using var writer = JsonAnswer.CreateWriter(request.Http);
        writer.WriteStartObject();
        writer.WriteString("kind", request.Kind.Kind + "List");
        writer.WriteString("apiVersion", request.Kind.ApiVersion);
        ListMetadata.Write(writer, page.Version, null, null);
        writer.WriteStartArray("items");
        while (true)
        {
            foreach (var item in page.Items)
            {
                // One that was changed since then is still one that was asked for; one made anew is not.
                var deleted = await store.DeleteAsync(ResourceKey.Of(item), new DeletePreconditions(item.Metadata.Uid, null), request.Aborted);
                if (deleted is not null)
                    request.Kind.Write(writer, deleted, request.Namespace);
            }
            await writer.FlushAsync(request.Aborted);
            if (page.Continue is null)
                break;
            page = await store.ListAsync(request.ToQuery() with { Limit = PageSize, Continue = page.Continue }, request.Aborted);
        }
        writer.WriteEndArray();
        writer.WriteEndObject();
    }
}
