using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Ankole.Cli.Api;
using Ankole.Control;
using Ankole.Core;

namespace Ankole.Cli.Manifests;

/// <summary>
/// Makes the server have what documents say: what is not there is created, what is there gets the document's fields (a merge patch, RFC 7386:
/// fields that the document does not name stay).
/// </summary>
internal sealed class ManifestApplication(ServerSession server, bool isDryRun)
{
    /// <summary>Written by the server: in a file that was read from it they are history, not wishes.</summary>
    private static readonly string[] ServersOwn = ["resourceVersion", "uid", "generation", "creationTimestamp", "deletionTimestamp", "managedFields"];

    /// <exception cref="AnkoleException">The document is wrong, or the server refuses it.</exception>
    public async Task<AppliedOutput> ApplyAsync(Manifest manifest, CancellationToken cancellationToken)
    {
        var kind = ManifestKind.Of(manifest.Document, manifest.Source);
        if (manifest.Name.Length == 0)
        {
            if (manifest.GenerateName.Length == 0)
                throw new InvalidInputException($"{manifest.Source}: {kind.Kind} has no metadata.name.");
            return await CreateAsync(kind, manifest, cancellationToken);
        }
        var before = await VersionAsync(kind, manifest.Name, cancellationToken);
        while (before is not null)
            try
            {
                var after = await SendAsync(HttpMethod.Patch, kind.Path(manifest.Name), PatchOf(manifest, before), "application/merge-patch+json", cancellationToken);
                return new AppliedOutput(manifest.Source, kind.Kind, manifest.Name, VersionOf(after) == before ? "unchanged" : "configured", null);
            }
            catch (RemoteApiException e) when (e is { Code: 409, Reason: "Conflict" })
            {
                // Somebody else, a controller for instance, was between: look again, or this document would be said to have changed what they did.
                var seen = before;
                before = await VersionAsync(kind, manifest.Name, cancellationToken);
                if (before == seen)
                    throw;
            }
        return await CreateAsync(kind, manifest, cancellationToken);
    }

    /// <exception cref="AnkoleException">The document is wrong, or the server refuses.</exception>
    public async Task<AppliedOutput> DeleteAsync(Manifest manifest, CancellationToken cancellationToken)
    {
        var kind = ManifestKind.Of(manifest.Document, manifest.Source);
        if (manifest.Name.Length == 0)
            throw new InvalidInputException($"{manifest.Source}: {kind.Kind} has no metadata.name.");
        await server.Client.SendAsync(HttpMethod.Delete, kind.Path(manifest.Name) + (isDryRun ? "?dryRun=All" : ""), null, cancellationToken);
        return new AppliedOutput(manifest.Source, kind.Kind, manifest.Name, "deleted", null);
    }

    private async Task<AppliedOutput> CreateAsync(ManifestKind kind, Manifest manifest, CancellationToken cancellationToken)
    {
        var created = await SendAsync(HttpMethod.Post, kind.Path(null), WishOf(manifest.Document), "application/json", cancellationToken);
        var name = created["metadata"]?["name"]?.GetValue<string>() ?? manifest.Name;
        return new AppliedOutput(manifest.Source, kind.Kind, name, "created", null);
    }

    private async Task<string?> VersionAsync(ManifestKind kind, string name, CancellationToken cancellationToken)
    {
        try
        {
            return VersionOf(JsonNode.Parse(await server.Client.SendAsync(HttpMethod.Get, kind.Path(name), null, cancellationToken))!.AsObject());
        }
        catch (RemoteApiException e) when (e is { Code: 404, Reason: "NotFound" })
        {
            return null;
        }
    }

    /// <summary>A field that the server does not know is a slip of the pen, so it is refused rather than dropped.</summary>
    private async Task<JsonObject> SendAsync(HttpMethod method, string path, JsonObject body, string contentType, CancellationToken cancellationToken)
    {
        var query = ResourcePath.Query([("fieldValidation", "Strict"), ("dryRun", isDryRun ? "All" : null)]);
        var answer = await server.Client.SendAsync(method, path + query, Encoding.UTF8.GetBytes(body.ToJsonString()), contentType, cancellationToken);
        return JsonNode.Parse(answer)?.AsObject() ?? throw new JsonException("the server answered null");
    }

    /// <summary>What the document wishes of the resource as it was read: the server refuses it for any other version (409).</summary>
    private static JsonObject PatchOf(Manifest manifest, string version)
    {
        var patch = WishOf(manifest.Document);
        patch["metadata"]!["resourceVersion"] = version;
        return patch;
    }

    private static JsonObject WishOf(JsonObject document)
    {
        var wish = document.DeepClone().AsObject();
        wish.Remove("status");
        if (wish["metadata"] is JsonObject metadata)
            foreach (var name in ServersOwn)
                metadata.Remove(name);
        return wish;
    }

    private static string VersionOf(JsonObject resource) => resource["metadata"]?["resourceVersion"]?.GetValue<string>() ?? "";
}

/// <param name="Change">created, configured, unchanged, deleted or failed.</param>
/// <param name="Error">Why it failed; null when it did not.</param>
internal sealed record AppliedOutput(string Source, string Kind, string Name, string Change, ErrorBody? Error);
