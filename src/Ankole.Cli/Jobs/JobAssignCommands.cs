using System.CommandLine;
using Ankole.Cli.Api;
using Ankole.Cli.Resources;
using Ankole.Control;

namespace Ankole.Cli.Jobs;

/// <summary><c>ankole job assign</c> and <c>unassign</c>: which volumes a job, or a group of jobs, works on.</summary>
internal static class JobAssignCommands
{
    public static Command CreateAssign() => Create("assign", "Give a job (or with --group a group of jobs) to volumes.", "has", Assigned);

    public static Command CreateUnassign() => Create("unassign", "Take a job (or with --group a group of jobs) from volumes. What it made stays.", "no longer has", Unassigned);

    public static VolumeResource Assigned(VolumeResource volume, string key) =>
        volume.Metadata.Labels.GetValueOrDefault(key) == JobLabels.Enabled ? volume : With(volume, new(volume.Metadata.Labels) { [key] = JobLabels.Enabled });

    /// <summary>Longhorn's form of the label, which counts as well, goes too.</summary>
    private static VolumeResource Unassigned(VolumeResource volume, string key)
    {
        var longhorns = key.StartsWith(JobLabels.JobPrefix, StringComparison.Ordinal)
            ? JobLabels.LonghornJobPrefix + key[JobLabels.JobPrefix.Length..] : JobLabels.LonghornGroupPrefix + key[JobLabels.GroupPrefix.Length..];
        var labels = volume.Metadata.Labels.Where(present => present.Key != key && present.Key != longhorns).ToDictionary();
        return labels.Count == volume.Metadata.Labels.Count ? volume : With(volume, labels);
    }

    private static VolumeResource With(VolumeResource volume, Dictionary<string, string> labels) => volume with { Metadata = volume.Metadata with { Labels = labels } };

    private static Command Create(string verb, string description, string outcome, Func<VolumeResource, string, VolumeResource> change)
    {
        var name = JobCommand.Name();
        var volumes = new Argument<string[]>("VOLUME") { Description = "One or more volumes.", Arity = ArgumentArity.OneOrMore }.Completes(Kinds.Volume);
        var isGroup = new Option<bool>("--group") { Description = "JOB names a group." };
        var command = new Command(verb, description) { name, volumes, isGroup };
        command.RunsOnServer(async (context, server, cancellationToken) =>
        {
            var job = context.Parse.GetRequiredValue(name);
            var group = context.Parse.GetValue(isGroup);
            if (!group)
                await server.RequireAsync(Kinds.RecurringJob, job, cancellationToken);
            foreach (var volume in context.Parse.GetRequiredValue(volumes))
            {
                var changed = await server.ChangeAsync(Kinds.Volume, volume, before => change(before, group ? JobLabels.OfGroup(job) : JobLabels.OfJob(job)), cancellationToken);
                context.PrintDone(changed, $"Volume {changed.Name} {outcome} {(group ? "the jobs of group" : "job")} {job}.");
            }
        });
        return command;
    }
}
