using System.Text.Json;
using Ankole.Control;

namespace Ankole.Server;

/// <summary><c>/ankole/doctor</c>: GET examines and changes nothing, POST repairs what can be repaired without risk.</summary>
internal static class DoctorEndpoint
{
    private const string Path = "/ankole/doctor";

    public static void Map(WebApplication app)
    {
        app.MapGet(Path, (RequestDelegate)(context => AnswerAsync(context, repair: false)));
        app.MapPost(Path, (RequestDelegate)(context => AnswerAsync(context, repair: true)));
    }

    private static async Task AnswerAsync(HttpContext context, bool repair)
    {
        var answer = await context.RequestServices.GetRequiredService<DoctorVisit>().RunAsync(repair, context.RequestAborted);
        await JsonAnswer.WriteAsync(context, 200, writer => JsonSerializer.Serialize(writer, answer, ControlJson.TypeInfo<DoctorAnswer>()));
    }
}
