using System.Text.Json.Nodes;
using Ankole.Control;
using Ankole.Core;

namespace Ankole.Cli.Manifests;

/// <summary>Where a document's kind is in the API: Ankole's kinds, and those of Longhorn that the server takes for them.</summary>
/// <param name="Namespace">Null for kinds that belong to none.</param>
internal sealed record ManifestKind(string ApiVersion, string Kind, string Plural, string? Namespace)
{
    private const string LonghornNamespace = "longhorn-system";

    /// <exception cref="InvalidInputException">The document names no kind that the server has.</exception>
    public static ManifestKind Of(JsonObject document, string name)
    {
        var apiVersion = Text(document, "apiVersion");
        var kind = Text(document, "kind");
        if (apiVersion.Length == 0 || kind.Length == 0)
            throw new InvalidInputException($"{name} has no {(apiVersion.Length == 0 ? "apiVersion" : "kind")}: it begins with 'apiVersion: {ApiGroup.AnkoleVersion}' and 'kind: Volume', say.");
        var metadata = document["metadata"] as JsonObject;
        var @namespace = metadata is null ? "" : Text(metadata, "namespace");
        if (Kinds.FindByKind(apiVersion, kind) is { } known)
            return new ManifestKind(apiVersion, kind, known.Plural, known.IsNamespaced ? (@namespace.Length > 0 ? @namespace : SystemNames.Namespace) : null);
        if (apiVersion is "longhorn.io/v1beta2" or "longhorn.io/v1beta1" && kind == "RecurringJob")
            return new ManifestKind(apiVersion, kind, "recurringjobs", @namespace.Length > 0 ? @namespace : LonghornNamespace);
        throw new InvalidInputException($"{name}: there is no kind {kind} of {apiVersion} here; kinds are {string.Join(", ", Kinds.All.Select(each => $"{each.Kind} ({each.ApiVersion})"))}.");
    }

    public string Path(string? resource) => ResourcePath.Of(ApiVersion, Plural, Namespace, resource);

    public static string Text(JsonObject document, string name) => document[name] is JsonValue value && value.TryGetValue(out string? text) ? text : "";
}
