using System.Text.Json;
using Ankole.Control;

namespace Ankole.Server;

/// <summary><c>GET …/PLURAL</c>: written page by page, so that a list without a limit takes no more memory than a page.</summary>
internal static class ListHandler
{
    /// <summary>Resources in memory at once.</summary>
    private const int PageSize = 500;

    public static async Task HandleAsync(ApiRequest request)
    {
        var accept = TableAccept.Of(request);
        var limit = request.QueryNumber("limit") is { } asked and > 0 ? asked : (int?)null;
        var query = request.ToQuery() with { Continue = request.Query("continue"), Limit = Math.Min(limit ?? PageSize, PageSize) };
        var http = request.Http;
        var table = accept.AsTable ? new TableWriter(request.Kind, accept.IncludeObject, TimeProvider.System) : null;
        var page = await ReadAsync(request, query, table);
        // A limit above a page's size: the client gets the smaller page, as it must expect.
        var isWhole = limit is null;

        http.Response.ContentType = "application/json";
        await using var writer = JsonAnswer.CreateWriter(http);
        WriteStart(request, writer, table, page, isWhole);
        while (true)
        {
            page.WriteItems(writer);
            await writer.FlushAsync(request.Aborted);
            await http.Response.BodyWriter.FlushAsync(request.Aborted);
            if (page.Continue is null || !isWhole)
                break;
            page = await ReadAsync(request, query with { Continue = page.Continue }, table);
        }
        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private static async ValueTask<Page> ReadAsync(ApiRequest request, ResourceQuery query, TableWriter? table)
    {
        if (request.Stores.JsonPages is { } store && table is null && !request.Kind.IsAlias && query.Kind != Kinds.Secret && !JsonAnswer.IsPretty(request.Http))
        {
            var stored = await store.ListJsonAsync(query, request.Aborted);
            return new Page(stored.Version, stored.Continue, stored.Remaining, writer =>
            {
                foreach (var json in stored.Items)
                    writer.WriteRawValue(json, skipInputValidation: true);
            });
        }
        var list = await request.Stores.Live.ListAsync(query, request.Aborted);
        return new Page(list.Version, list.Continue, list.Remaining, writer =>
        {
            foreach (var item in list.Items)
            {
                if (table is null)
                    request.Kind.Write(writer, item, request.Namespace);
                else
                    table.WriteRow(writer, item, request.Namespace);
            }
        });
    }

    private static void WriteStart(ApiRequest request, Utf8JsonWriter writer, TableWriter? table, Page page, bool isWhole)
    {
        var (next, remaining) = isWhole ? (null, null) : (page.Continue, page.Remaining);
        if (table is not null)
        {
            table.WriteStart(writer, page.Version, next, remaining);
            return;
        }
        writer.WriteStartObject();
        writer.WriteString("kind", request.Kind.Kind + "List");
        writer.WriteString("apiVersion", request.Kind.ApiVersion);
        ListMetadata.Write(writer, page.Version, next, remaining);
        writer.WriteStartArray("items");
    }

    private sealed record Page(string Version, string? Continue, long? Remaining, Action<Utf8JsonWriter> WriteItems);
}
