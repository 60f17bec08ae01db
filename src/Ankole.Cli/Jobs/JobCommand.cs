using System.CommandLine;
using Ankole.Cli.Api;
using Ankole.Cli.Resources;
using Ankole.Control;

namespace Ankole.Cli.Jobs;

/// <summary><c>ankole job …</c>: recurring snapshots and backups.</summary>
internal static class JobCommand
{
    public static Command Create() => new Command("job", "Recurring jobs: snapshots and backups by schedule, and how many to keep.")
    {
        JobCreateCommand.Create(),
        ListCommand.Create("ls", "List recurring jobs.", Kinds.RecurringJob),
        ShowCommand.Create("Show a job: when it ran, when it runs next, what it did.", Kinds.RecurringJob),
        JobRunCommand.Create(),
        JobSimulateCommand.Create(),
        JobAssignCommands.CreateAssign(),
        JobAssignCommands.CreateUnassign(),
        CreateSuspend("suspend", "No runs until it is resumed.", isSuspended: true),
        CreateSuspend("resume", "Run by schedule again.", isSuspended: false),
        RemoveCommand.Create("Delete a job. The snapshots and backups it made stay.", Kinds.RecurringJob, ForeseeAsync),
    }.OnServer();

    public static Argument<string> Name() => new Argument<string>("JOB") { Description = "The job's name." }.Completes(Kinds.RecurringJob);

    private static Command CreateSuspend(string verb, string description, bool isSuspended)
    {
        var name = Name();
        var command = new Command(verb, description) { name };
        command.RunsOnServer(async (context, server, cancellationToken) =>
        {
            var job = await server.ChangeAsync(
                Kinds.RecurringJob, context.Parse.GetRequiredValue(name),
                before => before.Spec.Suspend == isSuspended ? before : before with { Spec = before.Spec with { Suspend = isSuspended } }, cancellationToken);
            context.PrintDone(job, isSuspended ? $"Job {job.Name} is suspended." : $"Job {job.Name} runs {ScheduleText.Of(job.Spec)}.");
        });
        return command;
    }

    private static Task<Loss> ForeseeAsync(ServerSession server, RecurringJobResource job, CancellationToken cancellationToken) => Task.FromResult(new Loss(
        [$"its schedule, {ScheduleText.Of(job.Spec)}, and its label on the volumes that have it"], ["every snapshot and backup it made; nobody prunes them any more"], null));
}
