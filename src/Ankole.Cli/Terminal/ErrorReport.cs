using System.Text.Json;

namespace Ankole.Cli;

/// <summary>An error on standard error: one line for people, one JSON object for programs.</summary>
internal static class ErrorReport
{
    public static void Write(CommandContext context, string kind, string message)
    {
        if (context.Format == OutputFormat.Json)
            context.Error.WriteLine(JsonSerializer.Serialize(new ErrorOutput(new ErrorBody(kind, message)), CliJson.Readable.ErrorOutput));
        else
            context.Error.WriteLine($"ankole: {message}");
    }
}

internal sealed record ErrorOutput(ErrorBody Error);

internal sealed record ErrorBody(string Kind, string Message);
