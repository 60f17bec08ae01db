using System.CommandLine;
using Ankole.Cli.Api;
using Ankole.Cli.Resources;
using Ankole.Control;
using Ankole.Core;

namespace Ankole.Cli.Jobs;

/// <summary><c>ankole job run</c>: one run now, beside the schedule.</summary>
internal static class JobRunCommand
{
    public static Command Create()
    {
        var name = JobCommand.Name();
        var volumes = new Option<string[]>("--volume") { Description = "On this volume alone, which must have the job; may be given several times.", HelpName = "VOLUME", DefaultValueFactory = _ => [] }
            .Completes(Kinds.Volume);
        var wait = WaitOptions.Create("Wait until the run has ended. Exit code 1 when it failed on a volume.");
        var command = new Command("run", "Run a job once now, suspended or not. While it runs already, right after that.") { name, volumes, wait.Wait, wait.Timeout }.WithExamples(
            "ankole job run nightly --wait", "ankole job run nightly --volume db");
        command.RunsOnServer(async (context, server, cancellationToken) =>
        {
            var job = context.Parse.GetRequiredValue(name);
            var wanted = context.Parse.GetValue(volumes) ?? [];
            await CheckAsync(server, job, wanted, cancellationToken);
            var asked = await server.ChangeAsync(Kinds.RecurringJob, job, before => RunRequest.Ask(before, context.Time.GetUtcNow(), wanted), cancellationToken);
            if (!wait.IsWanted(context.Parse))
            {
                context.PrintDone(asked, $"Job {job} is to run now: 'ankole job show {job}' says how far it is.");
                return;
            }
            var done = await ResourceWait.UntilAsync<RecurringJobResource>(
                context, server, ResourceKey.Of(asked), $"run of {job}", current => Judge(current, asked.Spec.RunRequestedAt!.Value), wait.Limit(context.Parse), cancellationToken);
            context.PrintDone(done, $"Job {job} has run: {(done.Status.LastRun is { } run ? Summary(run) : "it has ended")}.");
        });
        return command;
    }

    /// <summary>A volume that is named by mistake is told at once, rather than left out of the run.</summary>
    private static async Task CheckAsync(ServerSession server, string job, IEnumerable<string> volumes, CancellationToken cancellationToken)
    {
        await server.RequireAsync(Kinds.RecurringJob, job, cancellationToken);
        foreach (var name in volumes)
        {
            var volume = await server.RequireAsync(Kinds.Volume, name, cancellationToken);
            if (volume.Status.RecurringJobs.All(effective => effective.Name != job))
                throw new AnkoleException(ErrorKind.Refused, $"volume '{name}' does not have the job '{job}': 'ankole job assign {job} {name}' gives it the job.");
        }
    }

    internal static WaitState Judge(RecurringJobResource job, DateTimeOffset asked)
    {
        var status = job.Status;
        if (status.LastRun is { } last && RunRequest.IsAnsweredBy(last, asked))
            return last.Volumes.FirstOrDefault(volume => volume.Phase == JobPhase.Failed) is { } failed
                ? WaitState.Failed($"{Summary(last)}; volume '{failed.Volume}': {failed.Message}")
                : WaitState.Done;
        if (status.Active is { } active && RunRequest.IsAnsweredBy(active, asked))
            return WaitState.Going($"running, {active.Volumes.Count(volume => JobPhase.IsFinal(volume.Phase))} of {active.Volumes.Count} volumes done");
        // Its run has ended, and a later one of the schedule has ended since.
        if (status.RunRequestedAt >= asked)
            return WaitState.Done;
        return WaitState.Going(status.Active is null ? "waiting to begin" : "waiting for the run that goes on");
    }

    private static string Summary(JobRun run)
    {
        int Count(string phase) => run.Volumes.Count(volume => volume.Phase == phase);
        return $"{Count(JobPhase.Succeeded)} volumes done, {Count(JobPhase.Failed)} failed, {Count(JobPhase.Skipped)} skipped";
    }
}
