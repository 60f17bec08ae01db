using System.CommandLine;
using Ankole.Core;

namespace Ankole.Server;

/// <summary><c>ankoled doctor</c>: what <c>ankole doctor</c> does, for a daemon that does not run.</summary>
internal static class DoctorCommand
{
    public static Command Create(Option<string> data)
    {
        var fix = new Option<bool>("--fix") { Description = "Make lost resources again. Nothing is ever deleted." };
        var command = new Command("doctor", "Compare replica directories, backup targets and resources while the daemon does not run.") { fix };
        command.SetAction((parse, cancellationToken) => RunAsync(parse.GetValue(data)!, parse.GetValue(fix), cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(string data, bool repair, CancellationToken cancellationToken)
    {
        try
        {
            // A misspelt folder would be made, and nothing be found wrong in it.
            if (!Directory.Exists(data))
                throw new AnkoleException(ErrorKind.NotFound, $"there is no folder '{Path.GetFullPath(data)}': name the daemon's with --data.");
            using var folder = DataFolder.Open(data);
            await using var app = AnkoleServer.Build(new ServerOptions { DataFolder = folder.Path }, folder, logging: logging => logging.SetMinimumLevel(LogLevel.Warning));
            var answer = await app.Services.GetRequiredService<DoctorVisit>().RunAsync(repair, cancellationToken);
            answer.Write(Console.Out);
            return answer.IsHealthy || (repair && answer.Failed.Count == 0) ? 0 : (int)ErrorKind.Damaged;
        }
        catch (AnkoleException e)
        {
            await Console.Error.WriteLineAsync($"ankoled: {e.Message}");
            return (int)e.Kind;
        }
    }
}
