using Ankole.Control;

namespace Ankole.Server;

/// <summary><c>DELETE …/PLURAL/NAME</c>: a resource that finalizers hold is answered, one that is gone is confirmed.</summary>
internal static class DeleteHandler
{
    public static async Task HandleAsync(ApiRequest request)
    {
        var options = await DeleteOptions.ReadAsync(request);
        if (options is { Orphans: true, IsDryRun: false })
            await OrphanAsync(request, options);
        var store = options.IsDryRun ? request.Stores.DryRun : request.Stores.Live;
        var deleted = await store.DeleteAsync(request.Key, options.Preconditions, request.Aborted) ?? throw new ResourceNotFoundException(request.Key);
        if (deleted.Metadata.Finalizers.Count > 0)
            await GetHandler.WriteAsync(request, 200, deleted);
        else
            await WriteGoneAsync(request, deleted);
    }

    private static Task WriteGoneAsync(ApiRequest request, Resource deleted) => JsonAnswer.WriteAsync(request.Http, 200, writer =>
    {
        writer.WriteStartObject();
        writer.WriteString("kind", "Status");
        writer.WriteString("apiVersion", "v1");
        writer.WriteStartObject("metadata");
        writer.WriteEndObject();
        writer.WriteString("status", "Success");
        writer.WriteStartObject("details");
        writer.WriteString("name", deleted.Name);
        if (request.Kind.Group.Length > 0)
            writer.WriteString("group", request.Kind.Group);
        writer.WriteString("kind", request.Kind.Plural);
        writer.WriteString("uid", deleted.Metadata.Uid);
        writer.WriteEndObject();
        writer.WriteEndObject();
    });

    /// <summary>Takes this owner off everything it owns before it goes.</summary>
    private static async Task OrphanAsync(ApiRequest request, DeleteOptions options)
    {
        var store = request.Stores.Live;
        if (await store.GetAsync(request.Key, request.Aborted) is not { Metadata.Uid: { } uid } || (options.Preconditions?.Uid is { } wanted && wanted != uid))
            return;
        foreach (var kind in Kinds.All)
        {
            var query = new ResourceQuery(kind) { Limit = 500 };
            do
            {
                var page = await store.ListAsync(query, request.Aborted);
                foreach (var item in page.Items.Where(item => item.Metadata.OwnerReferences.Any(owner => owner.Uid == uid)))
                    await store.ChangeAsync<Resource>(ResourceKey.Of(item), status: false, owned => WithoutOwner(owned, uid), request.Aborted);
                query = query with { Continue = page.Continue };
            }
            while (query.Continue is not null);
        }
    }

    private static Resource WithoutOwner(Resource owned, string uid) => owned with
    {
        Metadata = owned.Metadata with { OwnerReferences = [.. owned.Metadata.OwnerReferences.Where(owner => owner.Uid != uid)] },
    };
}
