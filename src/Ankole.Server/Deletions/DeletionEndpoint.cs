using System.Text.Json;
using Ankole.Control;

namespace Ankole.Server;

/// <summary><c>GET /ankole/deletions/backups/NAME</c>: what the deletion of that Backup would free. Changes nothing.</summary>
internal static class DeletionEndpoint
{
    public static void Map(WebApplication app) => app.MapGet("/ankole/deletions/backups/{name}", (RequestDelegate)AnswerAsync);

    private static async Task AnswerAsync(HttpContext context)
    {
        var report = await context.RequestServices.GetRequiredService<DeletionPreview>().PreviewAsync((string)context.Request.RouteValues["name"]!, context.RequestAborted);
        var answer = new DeletionAnswer { Blocks = report.Blocks, Bytes = report.Bytes, BlocksKeptBecause = report.BlocksKeptBecause ?? "" };
        await JsonAnswer.WriteAsync(context, 200, writer => JsonSerializer.Serialize(writer, answer, ControlJson.TypeInfo<DeletionAnswer>()));
    }
}
