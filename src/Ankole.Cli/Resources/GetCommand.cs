using System.CommandLine;
using Ankole.Cli.Api;
using Ankole.Control;

namespace Ankole.Cli.Resources;

/// <summary><c>ankole get KIND [NAME]</c>: resources of any kind, as kubectl shows them.</summary>
internal static class GetCommand
{
    public static Command Create()
    {
        var kind = new Argument<string>("KIND") { Description = "volumes, backups, backuptargets, recurringjobs, … or KIND/NAME.", HelpName = "KIND" };
        kind.CompletionSources.Add([.. Kinds.All.Select(known => known.Plural)]);
        var name = new Argument<string?>("NAME") { Description = "Only this one.", Arity = ArgumentArity.ZeroOrOne };
        var labels = new Option<string?>("--selector", "-l") { Description = "Only those with these labels.", HelpName = "LABELS" };
        var watch = new Option<bool>("--watch", "-w") { Description = "Go on and print every change, until Ctrl-C." };
        var command = new Command("get", "Show resources of any kind.") { kind, name, labels, watch }.WithExamples(
            "ankole get backups -l backup-volume=data",
            "ankole get volume/data -o yaml",
            "ankole get replicas -o wide");
        command.RunsOnServer(async (context, server, cancellationToken) =>
        {
            var given = context.Parse.GetRequiredValue(kind).Split('/', 2);
            var only = given.Length == 2 ? given[1] : context.Parse.GetValue(name);
            var query = new ResourceQuery(KindName.Parse(given[0])) { Labels = context.Parse.GetValue(labels) is { } text ? SelectorText.ParseLabels(text) : null };
            var isWatch = context.Parse.GetValue(watch);
            if (only is null)
                await ListCommand.PrintAsync(context, server, query, isWatch, cancellationToken);
            else if (isWatch)
                await ChangeFeed.PrintAsync(context, server, query with { Fields = [new FieldRequirement("metadata.name", only)] }, cancellationToken);
            else
                await PrintOneAsync(context, server, query.Kind, only, cancellationToken);
        });
        return command.OnServer();
    }

    private static async Task PrintOneAsync(CommandContext context, ServerSession server, ResourceKind kind, string name, CancellationToken cancellationToken)
    {
        var key = new ResourceKey(kind, kind.IsNamespaced ? SystemNames.Namespace : null, name);
        var resource = await server.Resources.GetAsync(key, cancellationToken) ?? throw new ResourceNotFoundException(key);
        context.PrintOne(resource, writer => TextTable.Write(
            writer, ResourceTable.Header(kind, ResourceOutput.IsWide(context)), [ResourceTable.Row(kind, resource, ResourceOutput.IsWide(context), context.Time.GetUtcNow())]));
    }
}
