using Ankole.Control;

namespace Ankole.Server;

/// <summary><c>GET …/PLURAL/NAME</c></summary>
internal static class GetHandler
{
    public static async Task HandleAsync(ApiRequest request)
    {
        var resource = await request.Stores.Live.GetAsync(request.Key, request.Aborted) ?? throw new ResourceNotFoundException(request.Key);
        await WriteAsync(request, 200, resource);
    }

    /// <summary>One resource as the client accepts it: how every write is answered too.</summary>
    public static async Task WriteAsync(ApiRequest request, int code, Resource resource)
    {
        var accept = TableAccept.Of(request);
        await JsonAnswer.WriteAsync(request.Http, code, writer =>
        {
            if (!accept.AsTable)
            {
                request.Kind.Write(writer, resource, request.Namespace);
                return;
            }
            var table = new TableWriter(request.Kind, accept.IncludeObject, TimeProvider.System);
            table.WriteStart(writer, resource.Metadata.ResourceVersion ?? "", null, null);
            table.WriteRow(writer, resource, request.Namespace);
            TableWriter.WriteEnd(writer);
        });
    }
}
