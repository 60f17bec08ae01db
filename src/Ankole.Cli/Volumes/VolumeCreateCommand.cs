using System.CommandLine;
using Ankole.Cli.Api;
using Ankole.Cli.Resources;
using Ankole.Control;
using Ankole.Core;

namespace Ankole.Cli.Volumes;

/// <summary><c>ankole volume create</c>: an empty volume, or one that begins with a backup's bytes.</summary>
internal static class VolumeCreateCommand
{
    public static Command Create()
    {
        var name = new Argument<string>("VOLUME") { Description = "The new volume's name: at most 40 lower-case letters, digits, '-', '_' or '.'." };
        var size = new Option<string?>("--size", "-s") { Description = "Bytes, or 10Gi; rounded up to whole 2 MiB. A restored volume has its backup's size.", HelpName = "SIZE" };
        var fromBackup = new Option<string?>("--from-backup") { Description = "Begin with this backup's bytes: a Backup's name, or TARGET?backup=NAME&volume=NAME.", HelpName = "BACKUP" }.Completes(Kinds.Backup);
        var standby = new Option<bool>("--standby") { Description = "Follow the newest backup of --from-backup's volume until 'ankole volume activate'." };
        var replicas = new Option<int>("--replicas") { Description = "How many copies to keep (default: the setting default-replica-count).", HelpName = "N" };
        var storageClass = new Option<string?>("--storage-class") { Description = "The StorageClass whose parameters fill what is left open.", HelpName = "NAME" }.Completes(Kinds.StorageClass);
        var target = new Option<string?>("--target") { Description = "The BackupTarget of its backups (default: default).", HelpName = "NAME" }.Completes(Kinds.BackupTarget);
        var compression = new Option<string?>("--compression") { Description = "lz4, gzip or none, for its backups.", HelpName = "METHOD" };
        compression.CompletionSources.Add("lz4", "gzip", "none");
        var blockSize = new Option<string?>("--backup-block-size") { Description = "2Mi or 16Mi.", HelpName = "SIZE" };
        var snapshotMaxCount = new Option<int>("--snapshot-max-count") { Description = "How many snapshots it may have, 2 to 250.", HelpName = "N" };
        var snapshotMaxSize = new Option<string?>("--snapshot-max-size") { Description = "How many bytes its snapshots may take, at least twice its size.", HelpName = "SIZE" };
        var jobs = new Option<string[]>("--job") { Description = "A recurring job of this volume; may be given several times.", HelpName = "JOB" }.Completes(Kinds.RecurringJob);
        var groups = new Option<string[]>("--group") { Description = "A group of recurring jobs; may be given several times.", HelpName = "GROUP" };
        var labels = new Option<string[]>("--label") { Description = "A label; may be given several times.", HelpName = "KEY=VALUE" };
        var attach = new Option<bool>("--attach") { Description = "Attach it as soon as it exists." };
        var wait = WaitOptions.Create("Wait until it is there: restored, and attached where that was asked for.");
        var command = new Command("create", "Create a volume.")
        {
            name, size, fromBackup, standby, replicas, storageClass, target, compression, blockSize, snapshotMaxCount, snapshotMaxSize, jobs, groups, labels, attach,
            wait.Wait, wait.Timeout,
        }.WithExamples(
            "ankole volume create data --size 10Gi --attach --wait",
            "ankole volume create copy --from-backup backup-1a2b3c4d5e6f4081 --wait",
            "ankole volume create data --size 10Gi --group default --label tier=gold");
        command.RunsOnServer(async (context, server, cancellationToken) =>
        {
            var parse = context.Parse;
            var backup = parse.GetValue(fromBackup) is { } given ? await BackupReference.UrlOfAsync(server, given, cancellationToken) : "";
            if (parse.GetValue(size) is null && backup.Length == 0)
                throw new InvalidInputException($"volume '{parse.GetRequiredValue(name)}' needs a size: add --size 10Gi, or --from-backup BACKUP.");
            var volume = new VolumeResource
            {
                Metadata = new ObjectMeta
                {
                    Name = parse.GetRequiredValue(name), Labels = Labels(parse.GetValue(labels) ?? [], parse.GetValue(jobs) ?? [], parse.GetValue(groups) ?? []),
                },
                Spec = new VolumeSpec
                {
                    Size = parse.GetValue(size) ?? "", FromBackup = backup, Standby = parse.GetValue(standby), NumberOfReplicas = parse.GetValue(replicas),
                    StorageClassName = parse.GetValue(storageClass) ?? "", BackupTargetName = parse.GetValue(target) ?? "", BackupCompressionMethod = parse.GetValue(compression) ?? "",
                    BackupBlockSize = parse.GetValue(blockSize) is { } block ? ByteSize.Parse(block).ToString() : "", SnapshotMaxCount = parse.GetValue(snapshotMaxCount),
                    SnapshotMaxSize = parse.GetValue(snapshotMaxSize) ?? "",
                },
            };
            if (parse.GetValue(attach))
                volume = VolumeTickets.Attached(volume, await VolumeTickets.NodeAsync(server, null, cancellationToken));
            await VolumeCreation.RunAsync(context, server, volume, wait, cancellationToken);
        });
        return command;
    }

    private static Dictionary<string, string> Labels(string[] given, string[] jobs, string[] groups)
    {
        var labels = LabelOption.Parse(given) ?? [];
        foreach (var key in jobs.Select(JobLabels.OfJob).Concat(groups.Select(JobLabels.OfGroup)))
            labels[key] = JobLabels.Enabled;
        return labels;
    }
}
