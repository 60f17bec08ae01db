using System.Text.Json.Nodes;
using Ankole.Control;

namespace Ankole.Server;

/// <summary>What a client asks of a deletion, in the body (<c>DeleteOptions</c>) or in the query.</summary>
/// <param name="Orphans">What the resource owns stays, without this owner.</param>
internal sealed record DeleteOptions(DeletePreconditions? Preconditions, bool Orphans, bool IsDryRun)
{
    public static async Task<DeleteOptions> ReadAsync(ApiRequest request)
    {
        var body = await ReadBodyAsync(request);
        var policy = request.Query("propagationPolicy") ?? (FieldText.Of(body, "propagationPolicy") is { Length: > 0 } given ? given : "Background");
        if (policy is not ("Background" or "Foreground" or "Orphan"))
            throw ApiException.BadRequest($"propagationPolicy '{policy}' is not known: write Background, Foreground or Orphan.");
        var uid = FieldText.Of(body, "preconditions.uid");
        var version = FieldText.Of(body, "preconditions.resourceVersion");
        var dryRun = request.Query("dryRun") == "All" || body["dryRun"] is JsonArray { Count: > 0 };
        return new DeleteOptions(
            uid.Length + version.Length == 0 ? null : new DeletePreconditions(uid.Length > 0 ? uid : null, version.Length > 0 ? version : null), policy == "Orphan", dryRun);
    }

    private static async Task<JsonObject> ReadBodyAsync(ApiRequest request)
    {
        if (request.Http.Request.ContentLength is null or 0 && !request.Http.Request.Headers.TransferEncoding.Contains("chunked"))
            return [];
        return await RequestBody.ReadJsonAsync(request.Http.Request, request.Aborted) as JsonObject ?? throw ApiException.BadRequest("the body of a deletion is a DeleteOptions object.");
    }
}
