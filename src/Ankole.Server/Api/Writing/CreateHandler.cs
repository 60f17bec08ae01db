namespace Ankole.Server;

/// <summary><c>POST …/PLURAL</c></summary>
internal static class CreateHandler
{
    public static async Task HandleAsync(ApiRequest request)
    {
        if (request.Kind.IsNamespaced && request.Namespace is null)
            throw ApiException.BadRequest($"a {request.Kind.Kind} is made in a namespace: POST to …/namespaces/NAMESPACE/{request.Kind.Plural}.");
        var resource = await RequestBody.ReadResourceAsync(request);
        // A version belongs to what exists.
        if (!string.IsNullOrEmpty(resource.Metadata.ResourceVersion))
            throw ApiException.BadRequest("metadata.resourceVersion must be left out of a new resource.");
        await GetHandler.WriteAsync(request, 201, await request.Store.CreateAsync(resource, request.Aborted));
    }
}
