using System.Text.Json.Nodes;
using Ankole.Control;

namespace Ankole.Server;

/// <summary><c>PATCH …/PLURAL/NAME</c> and <c>…/status</c>: JSON Patch, JSON Merge Patch, and the strategic patches that are merge patches.</summary>
internal static class PatchHandler
{
    /// <summary>Another writer may be faster this often before the client learns of it.</summary>
    private const int Attempts = 8;

    public static async Task HandleAsync(ApiRequest request)
    {
        var patch = await ReadPatchAsync(request);
        for (var attempt = 1; ; attempt++)
        {
            var current = await request.Stores.Live.GetAsync(request.Key, request.Aborted) ?? throw new ResourceNotFoundException(request.Key);
            var json = request.Kind.ToJson(current, request.Namespace);
            var patched = patch(json) as JsonObject ?? throw ApiException.BadRequest("the patch leaves no object.");
            var resource = RequestBody.ToResource(request, patched);
            if (request.Kind.IsAlias)
                resource = resource with { Metadata = resource.Metadata with { ResourceVersion = resource.Metadata.ResourceVersion ?? current.Metadata.ResourceVersion } };
            try
            {
                await GetHandler.WriteAsync(request, 200, await UpdateHandler.WriteAsync(request, resource));
                return;
            }
            catch (ResourceConflictException) when (attempt < Attempts && resource.Metadata.ResourceVersion == current.Metadata.ResourceVersion)
            {
                request.Http.Response.Headers.Remove("Warning");
            }
        }
    }

    private static async Task<Func<JsonObject, JsonNode?>> ReadPatchAsync(ApiRequest request)
    {
        var type = RequestBody.MediaTypeOf(request.Http.Request);
        switch (type)
        {
            case "application/json-patch+json":
                return JsonPatch.Parse(await RequestBody.ReadJsonAsync(request.Http.Request, request.Aborted)).Apply;
            case "application/merge-patch+json":
                return await ReadMergePatchAsync(request, isStrategic: false);
            case "application/strategic-merge-patch+json":
                return await ReadMergePatchAsync(request, isStrategic: true);
            case "application/apply-patch+yaml" or "application/apply-patch+cbor":
                throw ApiException.UnsupportedMediaType("server-side apply is not supported: leave out --server-side, or send a merge patch.");
            default:
                throw ApiException.UnsupportedMediaType($"'{type}' is no kind of patch: send application/merge-patch+json or application/json-patch+json.");
        }
    }

    private static async Task<Func<JsonObject, JsonNode?>> ReadMergePatchAsync(ApiRequest request, bool isStrategic)
    {
        if (await RequestBody.ReadJsonAsync(request.Http.Request, request.Aborted) is not JsonObject patch)
            throw ApiException.BadRequest("a merge patch is an object.");
        if (isStrategic && FindDirective(patch) is { } directive)
            throw ApiException.UnsupportedMediaType($"the directive {directive} of a strategic merge patch is not supported: send application/merge-patch+json (kubectl patch --type=merge).");
        return target => MergePatch.Apply(target, patch);
    }

    private static string? FindDirective(JsonNode? node) => node switch
    {
        JsonObject json => json.Select(entry => entry.Key.StartsWith('$') ? entry.Key : FindDirective(entry.Value)).FirstOrDefault(found => found is not null),
        JsonArray items => items.Select(FindDirective).FirstOrDefault(found => found is not null),
        _ => null,
    };
}
