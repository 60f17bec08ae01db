using Ankole.Control;

namespace Ankole.Server;

/// <summary><c>PUT …/PLURAL/NAME</c> and <c>…/status</c></summary>
internal static class UpdateHandler
{
    public static async Task HandleAsync(ApiRequest request) =>
        await GetHandler.WriteAsync(request, 200, await WriteAsync(request, await RequestBody.ReadResourceAsync(request)));

    public static ValueTask<Resource> WriteAsync(ApiRequest request, Resource resource) => request.IsStatus
        ? request.Store.UpdateStatusAsync(resource, request.Aborted)
        : request.Store.UpdateAsync(resource, request.Aborted);
}
