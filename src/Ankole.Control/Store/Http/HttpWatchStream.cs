using System.Text.Json;

namespace Ankole.Control;

/// <summary>One connection of a watch: JSON objects, one a line, until the server ends it.</summary>
internal sealed class HttpWatchStream : IAsyncDisposable
{
    private readonly ResourceKind kind;
    private readonly HttpResponseMessage response;
    private readonly StreamReader lines;

    private HttpWatchStream(ResourceKind kind, HttpResponseMessage response, Stream body)
    {
        this.kind = kind;
        this.response = response;
        lines = new StreamReader(body);
    }

    public static async Task<HttpWatchStream> OpenAsync(ApiClient client, ResourceQuery query, string version, TimeSpan duration, CancellationToken cancellationToken)
    {
        var path = ResourcePath.Of(query.Kind, query.Namespace) + ResourcePath.Query(
        [
            ("watch", "1"), ("resourceVersion", version), ("allowWatchBookmarks", "true"), ("timeoutSeconds", ((int)duration.TotalSeconds).ToString()),
            .. ResourcePath.Selectors(query),
        ]);
        var response = await client.OpenAsync(path, cancellationToken);
        return new HttpWatchStream(query.Kind, response, await response.Content.ReadAsStreamAsync(cancellationToken));
    }

    /// <summary>Null when the server has ended the stream.</summary>
    /// <exception cref="ResourceExpiredException">The history since the version is gone.</exception>
    /// <exception cref="RemoteApiException">The server reports another error in the stream.</exception>
    public async Task<ResourceEvent?> ReadAsync(CancellationToken cancellationToken)
    {
        string? line;
        do
            line = await lines.ReadLineAsync(cancellationToken);
        while (line is { Length: 0 });
        if (line is null)
            return null;
        using var document = JsonDocument.Parse(line);
        var body = document.RootElement.GetProperty("object");
        return document.RootElement.GetProperty("type").GetString() switch
        {
            "ADDED" => new ResourceEvent(ResourceChange.Added, Parse(body)),
            "MODIFIED" => new ResourceEvent(ResourceChange.Modified, Parse(body)),
            "DELETED" => new ResourceEvent(ResourceChange.Deleted, Parse(body)),
            "BOOKMARK" => new ResourceEvent(ResourceChange.Bookmark, Parse(body)),
            "ERROR" => throw ErrorOf(body),
            var other => throw new JsonException($"a watch event of type '{other}' is not known"),
        };
    }

    public ValueTask DisposeAsync()
    {
        lines.Dispose();
        response.Dispose();
        return ValueTask.CompletedTask;
    }

    private Resource Parse(JsonElement body) => (Resource)body.Deserialize(kind.TypeInfo)!;

    private Core.AnkoleException ErrorOf(JsonElement status)
    {
        var error = ApiStatus.Of(status, 500);
        return error.Code == 410 ? new ResourceExpiredException($"The version watched from of {kind.Plural}") : error;
    }
}
