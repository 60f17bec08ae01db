namespace Ankole.Server;

/// <summary>Answers everything under <c>/api</c> and <c>/apis</c>.</summary>
internal sealed class ApiHandler(ServedKinds kinds, ApiStores stores, Discovery discovery, WatchHandler watches)
{
    public async Task HandleAsync(HttpContext context)
    {
        var text = context.Request.Path.Value ?? "";
        if (context.Request.Method == HttpMethods.Get && discovery.Find(text) is { } document)
        {
            await JsonAnswer.WriteAsync(context, 200, document);
            return;
        }
        var path = ApiPath.Parse(text) ?? throw ApiException.NotFound(text);
        if (path is { ApiVersion: "v1", Plural: "namespaces", Subresource: null })
        {
            await Namespaces.HandleAsync(context, path.Name);
            return;
        }
        await HandleAsync(ToRequest(context, path, text), text);
    }

    private ApiRequest ToRequest(HttpContext context, ApiPath path, string text)
    {
        var kind = path.Plural is null ? null : kinds.Find(path.ApiVersion, path.Plural);
        if (kind is null || (path.Subresource is not null && (path.Subresource != "status" || !kind.HasStatus)) || (path.Namespace is not null && !kind.IsNamespaced))
            throw ApiException.NotFound(text);
        if (kind.IsNamespaced && path is { Namespace: null, Name: not null })
            throw ApiException.NotFound(text);
        return new ApiRequest(context, kind, path.Namespace, path.Name, path.Subresource is not null, stores);
    }

    private Task HandleAsync(ApiRequest request, string path) => (request.Http.Request.Method, request.Name, request.IsStatus) switch
    {
        ("GET", null, _) when request.QueryIsTrue("watch") => watches.HandleAsync(request),
        ("GET", not null, false) when request.QueryIsTrue("watch") => watches.HandleAsync(request),
        ("GET", null, _) => ListHandler.HandleAsync(request),
        ("GET", not null, _) => GetHandler.HandleAsync(request),
        ("POST", null, _) => CreateHandler.HandleAsync(request),
        ("PUT", not null, _) => UpdateHandler.HandleAsync(request),
        ("PATCH", not null, _) => PatchHandler.HandleAsync(request),
        ("DELETE", not null, false) => DeleteHandler.HandleAsync(request),
        ("DELETE", null, _) => DeleteCollectionHandler.HandleAsync(request),
        _ => throw ApiException.MethodNotAllowed(request.Http.Request.Method, path),
    };
}
