using System.Buffers;
using System.Text.Json;
using Ankole.Control;

namespace Ankole.Server;

/// <summary><c>GET …/PLURAL?watch=true</c>: one JSON object a line for each change, until the time is up, the client leaves or the server stops.</summary>
internal sealed class WatchHandler(IHostApplicationLifetime lifetime)
{
    /// <summary>What a watch lives when the client names no time; it begins anew then, from where it was.</summary>
    private const int DefaultSeconds = 30 * 60;

    private const int MaxSeconds = 24 * 60 * 60;

    public async Task HandleAsync(ApiRequest request)
    {
        var accept = TableAccept.Of(request);
        var query = request.ToQuery();
        var bookmarks = request.QueryIsTrue("allowWatchBookmarks");
        var seconds = request.QueryNumber("timeoutSeconds") is { } asked and > 0 ? Math.Min(asked, MaxSeconds) : DefaultSeconds;
        var from = request.Query("resourceVersion") is { } version and not "0" ? version : null;

        using var end = CancellationTokenSource.CreateLinkedTokenSource(request.Aborted, lifetime.ApplicationStopping);
        end.CancelAfter(TimeSpan.FromSeconds(seconds));
        var stream = new WatchStream(request, accept);
        await stream.BeginAsync();
        try
        {
            await foreach (var change in request.Stores.Live.WatchAsync(query, from, end.Token))
                if (change.Change != ResourceChange.Bookmark || bookmarks)
                    await stream.WriteAsync(change, end.Token);
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            // The usual end.
        }
        catch (Core.AnkoleException e)
        {
            await stream.WriteErrorAsync(ApiStatus.Of(e)!, end.Token);
        }
    }

    /// <summary>Writes events as the client accepts them.</summary>
    private sealed class WatchStream(ApiRequest request, TableAccept accept)
    {
        private readonly TableWriter? table = accept.AsTable ? new TableWriter(request.Kind, accept.IncludeObject, TimeProvider.System) : null;

        /// <summary>The client learns that the watch stands before anything has happened.</summary>
        public async Task BeginAsync()
        {
            request.Http.Response.ContentType = "application/json";
            await request.Http.Response.StartAsync(request.Aborted);
            await request.Http.Response.BodyWriter.FlushAsync(request.Aborted);
        }

        public Task WriteAsync(ResourceEvent change, CancellationToken cancellationToken) =>
            WriteAsync(change.Change.ToString().ToUpperInvariant(), writer => WriteObject(writer, change), cancellationToken);

        public Task WriteErrorAsync(ApiStatus status, CancellationToken cancellationToken) => WriteAsync("ERROR", status.Write, cancellationToken);

        private async Task WriteAsync(string type, Action<Utf8JsonWriter> write, CancellationToken cancellationToken)
        {
            var body = request.Http.Response.BodyWriter;
            await using (var writer = new Utf8JsonWriter(body, new JsonWriterOptions { Encoder = ControlJson.Options.Encoder }))
            {
                writer.WriteStartObject();
                writer.WriteString("type", type);
                writer.WritePropertyName("object");
                write(writer);
                writer.WriteEndObject();
            }
            body.Write("\n"u8);
            await body.FlushAsync(cancellationToken);
        }

        private void WriteObject(Utf8JsonWriter writer, ResourceEvent change)
        {
            var isBookmark = change.Change == ResourceChange.Bookmark;
            if (table is not null)
            {
                table.WriteStart(writer, change.Resource.Metadata.ResourceVersion!, null, null);
                if (!isBookmark)
                    table.WriteRow(writer, change.Resource, request.Namespace);
                TableWriter.WriteEnd(writer);
            }
            else if (isBookmark)
            {
                writer.WriteStartObject();
                writer.WriteString("kind", request.Kind.Kind);
                writer.WriteString("apiVersion", request.Kind.ApiVersion);
                ListMetadata.Write(writer, change.Resource.Metadata.ResourceVersion!, null, null);
                writer.WriteEndObject();
            }
            else
            {
                request.Kind.Write(writer, change.Resource, request.Namespace);
            }
        }
    }
}
