using System.CommandLine;
using Ankole.Backup;
using Ankole.Cli.Api;
using Ankole.Cli.Resources;
using Ankole.Control;
using Ankole.Core;

namespace Ankole.Cli.Targets;

/// <summary><c>ankole target test</c>: what works at a backup target, and on failure the likely cause and the fix. A URL is tested from here, a name by the server.</summary>
internal static class TargetTestCommand
{
    public static Command Create()
    {
        var target = new Argument<string>("TARGET")
        {
            Description = "A BackupTarget's name, tested by the server; or a URL, tested from here: file:///DIR, vfs:///DIR, s3://BUCKET@REGION/PATH/, nfs://SERVER:/PATH "
                + "or azblob://CONTAINER/PATH, with credentials from the environment.",
        }.Completes(Kinds.BackupTarget);
        var wait = WaitOptions.Create("Wait for the server's answer.", isDefault: true);
        var command = new Command("test", "Test a backup target step by step: name, connection, credentials, each permission, speed. Exit code 6 when a step fails.")
        {
            target, wait.Timeout,
        };
        command.RunsWithExitCode((context, cancellationToken) =>
        {
            var given = context.Parse.GetRequiredValue(target);
            return given.Contains(':', StringComparison.Ordinal) || given.Contains('/', StringComparison.Ordinal)
                ? TestFromHereAsync(context, given, cancellationToken)
                : TestOnServerAsync(context, given, wait.Limit(context.Parse), cancellationToken);
        });
        return command;
    }

    private static async Task<int> TestFromHereAsync(CommandContext context, string target, CancellationToken cancellationToken)
    {
        var url = TargetUrl.Parse(target);
        var credentials = TargetCredentials.FromEnvironment(Environment.GetEnvironmentVariable);
        var steps = new List<ProbeStepOutput>();
        await foreach (var step in TargetProbe.RunAsync(url, credentials, new ObjectStoreOptions { Time = context.Time }, cancellationToken))
        {
            var output = ProbeStepOutput.Of(step);
            steps.Add(output);
            if (context.IsText)
                Write(context.Output, output);
        }
        return Print(context, url.ToString(), steps, steps.TrueForAll(step => step.Result != ProbeResult.Failed));
    }

    private static async Task<int> TestOnServerAsync(CommandContext context, string name, TimeSpan? limit, CancellationToken cancellationToken)
    {
        using var server = new ServerSession(ServerLocation.Find(ServerOptions.Read(context.Parse)), context.Time);
        var target = await TargetProbing.RunAsync(context, server, name, limit, cancellationToken);
        var steps = target.Status.Probe.Select(ProbeStepOutput.Of).ToList();
        if (context.IsText)
            steps.ForEach(step => Write(context.Output, step));
        if (context.IsText && !target.Status.Available && steps.TrueForAll(step => step.Result != ProbeResult.Failed))
            context.Output.WriteLine($"failed   {"server",-22} {TargetProbing.WhyUnavailable(target)}");
        return Print(context, name, steps, target.Status.Available);
    }

    private static int Print(CommandContext context, string target, IReadOnlyList<ProbeStepOutput> steps, bool isUsable)
    {
        context.Print(
            new TargetTestOutput(target, isUsable, steps), CliJson.Readable.TargetTestOutput,
            (writer, test) => writer.WriteLine(test.IsUsable ? $"{test.Target} can take backups." : $"{test.Target} cannot take backups as it is."));
        return isUsable ? 0 : (int)ErrorKind.Unavailable;
    }

    private static void Write(TextWriter writer, ProbeStepOutput step) =>
        writer.WriteLine($"{step.Result.ToString().ToLowerInvariant(),-8} {step.Name,-22} {step.Detail}");
}

internal sealed record TargetTestOutput(string Target, bool IsUsable, IReadOnlyList<ProbeStepOutput> Steps);

internal sealed record ProbeStepOutput(string Name, ProbeResult Result, string Detail, double ElapsedSeconds)
{
    public static ProbeStepOutput Of(ProbeStep step) => new(step.Name, step.Result, step.Detail, step.Elapsed.TotalSeconds);

    public static ProbeStepOutput Of(ProbeStepStatus step) =>
        new(step.Name, Enum.TryParse<ProbeResult>(step.Result, ignoreCase: true, out var result) ? result : ProbeResult.Failed, step.Detail, step.Seconds);
}
