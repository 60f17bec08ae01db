using System.CommandLine;
using Ankole.Cli.Api;
using Ankole.Cli.Resources;
using Ankole.Control;

namespace Ankole.Cli.Jobs;

/// <summary><c>ankole job create</c>.</summary>
internal static class JobCreateCommand
{
    public static Command Create()
    {
        var name = new Argument<string>("JOB") { Description = "The new job's name." };
        var fields = new JobFields(isComplete: true);
        var volumes = new Option<string[]>("--volume") { Description = "Assign it to this volume at once; may be given several times.", HelpName = "VOLUME" }.Completes(Kinds.Volume);
        var command = new Command("create", "Create a recurring job.") { name, volumes }.WithExamples(
            "ankole job create nightly --task backup --cron '0 2 * * *' --retain 7 --keep-weekly 4 --group default",
            "ankole job create snap --task snapshot --cron '*/15 * * * *' --retain 4 --volume data",
            "ankole job create quick --task backup --cron '@every 30m' --retain 3");
        fields.AddTo(command);
        command.RunsOnServer(async (context, server, cancellationToken) =>
        {
            var job = await server.Resources.CreateAsync(
                new RecurringJobResource { Metadata = new ObjectMeta { Name = context.Parse.GetRequiredValue(name) }, Spec = fields.Read(context.Parse) }, cancellationToken);
            var assigned = context.Parse.GetValue(volumes) ?? [];
            foreach (var volume in assigned)
                await server.ChangeAsync(Kinds.Volume, volume, before => JobAssignCommands.Assigned(before, JobLabels.OfJob(job.Name)), cancellationToken);
            context.PrintDone(job, $"Job {job.Name}: {job.Spec.Task} {ScheduleText.Of(job.Spec)}{Kept(job.Spec)}.");
            if (assigned.Length == 0 && job.Spec.Groups.Count == 0)
                context.Note($"No volume has it yet: 'ankole job assign {job.Name} VOLUME' gives it to one.");
        });
        return command;
    }

    private static string Kept(RecurringJobSpec job) => job.Retain > 0 ? $", the newest {job.Retain} of each volume are kept" : "";
}
