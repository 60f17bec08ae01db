using System.CommandLine;
using Ankole.Cli.Api;
using Ankole.Cli.Resources;
using Ankole.Control;
using Ankole.Core;

namespace Ankole.Cli.Targets;

/// <summary><c>ankole target create</c> and <c>set</c>.</summary>
internal static class TargetWriteCommands
{
    private const string UrlDescription = "s3://BUCKET@REGION/PATH/, nfs://SERVER:/PATH, azblob://CONTAINER/PATH or file:///DIR.";

    public static Command CreateCreate()
    {
        var name = new Argument<string>("NAME") { Description = "The new target's name." };
        var url = new Argument<string>("URL") { Description = UrlDescription };
        var (secret, pollInterval) = Options();
        var command = new Command("create", "Create a backup target.") { name, url, secret, pollInterval }.WithExamples(
            "ankole target create offsite s3://backups@eu-central-1/ankole/ --secret minio",
            "ankole target create nas nfs://nas.example:/export/backups");
        command.RunsOnServer(async (context, server, cancellationToken) =>
        {
            var target = await server.Resources.CreateAsync(
                new BackupTargetResource
                {
                    Metadata = new ObjectMeta { Name = context.Parse.GetRequiredValue(name) },
                    Spec = new BackupTargetSpec
                    {
                        BackupTargetUrl = context.Parse.GetRequiredValue(url), CredentialSecret = context.Parse.GetValue(secret) ?? "",
                        PollInterval = context.Parse.GetValue(pollInterval) ?? "",
                    },
                }, cancellationToken);
            context.PrintDone(target, $"BackupTarget {target.Name} is {target.Spec.BackupTargetUrl}: 'ankole target test {target.Name}' says whether it works.");
        });
        return command;
    }

    public static Command CreateSet()
    {
        var name = TargetCommand.Name();
        var url = new Option<string?>("--url") { Description = UrlDescription, HelpName = "URL" };
        var (secret, pollInterval) = Options();
        var command = new Command("set", "Change a backup target; what is not given stays.") { name, url, secret, pollInterval }.WithExamples(
            "ankole target set default --url file:///srv/backups");
        command.RunsOnServer(async (context, server, cancellationToken) =>
        {
            if (context.Parse.GetValue(url) is null && context.Parse.GetValue(secret) is null && context.Parse.GetValue(pollInterval) is null)
                throw new InvalidInputException("nothing to change was given: use --url, --secret or --poll-interval.");
            var target = await server.ChangeAsync(
                Kinds.BackupTarget, context.Parse.GetRequiredValue(name),
                before => before with
                {
                    Spec = before.Spec with
                    {
                        BackupTargetUrl = context.Parse.GetValue(url) ?? before.Spec.BackupTargetUrl, CredentialSecret = context.Parse.GetValue(secret) ?? before.Spec.CredentialSecret,
                        PollInterval = context.Parse.GetValue(pollInterval) ?? before.Spec.PollInterval,
                    },
                }, cancellationToken);
            context.PrintDone(target, $"BackupTarget {target.Name} is {target.Spec.BackupTargetUrl}: 'ankole target test {target.Name}' says whether it works.");
        });
        return command;
    }

    private static (Option<string?> Secret, Option<string?> PollInterval) Options() =>
    (
        new Option<string?>("--secret") { Description = "The Secret with its credentials ('ankole secret create').", HelpName = "NAME" }.Completes(Kinds.Secret),
        new Option<string?>("--poll-interval") { Description = "How often to look what is there, as 5m; 0s: only when asked.", HelpName = "DURATION" });
}
