using System.CommandLine;
using System.Text.Json;
using Ankole.Cli.Api;
using Ankole.Control;
using Ankole.Core;

namespace Ankole.Cli.Doctor;

/// <summary><c>ankole doctor</c>: whether replica directories, backup targets and resources agree, and the way back where they do not.</summary>
internal static class DoctorCommand
{
    private const string Path = "ankole/doctor";

    /// <summary>Every replica directory and every target is read.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(30);

    public static Command Create()
    {
        var fix = new Option<bool>("--fix") { Description = "Make lost resources again from what is there. Nothing is ever deleted." };
        var dryRun = new Option<bool>("--dry-run") { Description = "Only look (the default)." };
        var command = new Command(
            "doctor", "Compare replica directories, backup targets and resources, and make lost resources again. Exit code 3 when something is wrong. Without a running daemon: ankoled doctor.")
        {
            fix, dryRun,
        }.WithExamples("ankole doctor", "ankole doctor --fix");
        command.RunsWithExitCode(async (context, cancellationToken) =>
        {
            var isRepair = context.Parse.GetValue(fix);
            if (isRepair && context.Parse.GetValue(dryRun))
                throw new InvalidInputException("--fix and --dry-run contradict each other: leave one out.");
            var access = ServerLocation.Find(ServerOptions.Read(context.Parse)) with { RequestTimeout = Patience };
            using var client = new ApiClient(access);
            byte[] bytes;
            await using (var progress = context.StartProgress("doctor"))
            {
                progress.Report(new OperationProgress("looking at replica directories, targets and resources", 0, 0));
                bytes = await client.SendAsync(isRepair ? HttpMethod.Post : HttpMethod.Get, Path, null, cancellationToken);
            }
            var answer = JsonSerializer.Deserialize(bytes, ControlJson.TypeInfo<DoctorAnswer>()) ?? throw new JsonException("the server answered null");
            context.Print(answer, ControlJson.TypeInfo<DoctorAnswer>(), (writer, given) => given.Write(writer));
            return answer.IsHealthy || (isRepair && answer.Failed.Count == 0) ? 0 : (int)ErrorKind.Damaged;
        });
        return command.OnServer();
    }
}
