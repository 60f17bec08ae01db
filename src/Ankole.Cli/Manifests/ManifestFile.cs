using System.Text.Json.Nodes;
using Ankole.Cli.Yaml;
using Ankole.Core;

namespace Ankole.Cli.Manifests;

/// <summary>One document of a file, and how messages call it.</summary>
internal sealed record Manifest(string Source, JsonObject Document)
{
    public string Name => Document["metadata"] is JsonObject metadata ? ManifestKind.Text(metadata, "name") : "";

    public string GenerateName => Document["metadata"] is JsonObject metadata ? ManifestKind.Text(metadata, "generateName") : "";
}

/// <summary>Files of resources: YAML with any number of documents, or JSON; a List stands for its items.</summary>
internal static class ManifestFile
{
    /// <summary>A file larger than this is no file of resources.</summary>
    private const int MaxCharacters = 16 << 20;

    /// <param name="paths">Files, directories (their *.yaml, *.yml and *.json, by name), or <c>-</c> for standard input.</param>
    public static async Task<IReadOnlyList<Manifest>> ReadAsync(IEnumerable<string> paths, TextReader input, CancellationToken cancellationToken)
    {
        var manifests = new List<Manifest>();
        foreach (var path in paths)
            if (path == "-")
                manifests.AddRange(Parse(await ReadTextAsync(input, "standard input", cancellationToken), "standard input"));
            else
                foreach (var file in Files(path))
                {
                    using var reader = new StreamReader(file);
                    manifests.AddRange(Parse(await ReadTextAsync(reader, file, cancellationToken), file));
                }
        return manifests.Count > 0 ? manifests : throw new InvalidInputException($"there is no resource in {string.Join(", ", paths)}.");
    }

    public static IEnumerable<Manifest> Parse(string text, string name)
    {
        var documents = YamlReader.ReadAll(text, name);
        for (var index = 0; index < documents.Count; index++)
        {
            var source = documents.Count == 1 ? name : $"{name}, document {index + 1}";
            if (documents[index] is not JsonObject document)
                throw new InvalidInputException($"{source} is no resource: it should be a mapping with apiVersion, kind and metadata.");
            if (document["items"] is JsonArray items && ManifestKind.Text(document, "kind").EndsWith("List", StringComparison.Ordinal))
                foreach (var (item, position) in items.Select((item, position) => (item, position)))
                    yield return new Manifest($"{source}, item {position + 1}", item as JsonObject ?? throw new InvalidInputException($"{source}, item {position + 1} is no resource."));
            else
                yield return new Manifest(source, document);
        }
    }

    private static IEnumerable<string> Files(string path)
    {
        if (Directory.Exists(path))
            return Directory.EnumerateFiles(path).Where(file => Path.GetExtension(file) is ".yaml" or ".yml" or ".json").Order(StringComparer.Ordinal);
        return File.Exists(path) ? [path] : throw new AnkoleException(ErrorKind.NotFound, $"file '{path}' does not exist.");
    }

    private static async Task<string> ReadTextAsync(TextReader reader, string name, CancellationToken cancellationToken)
    {
        var buffer = new char[MaxCharacters + 1];
        var length = await reader.ReadBlockAsync(buffer, cancellationToken);
        return length <= MaxCharacters ? new string(buffer, 0, length) : throw new InvalidInputException($"{name} is larger than 16 MiB: split it.");
    }
}
