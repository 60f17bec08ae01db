using System.CommandLine;
using Ankole.Cli.Api;
using Ankole.Cli.Resources;
using Ankole.Control;

namespace Ankole.Cli.Events;

/// <summary><c>ankole events</c>: what happened, oldest first.</summary>
internal static class EventsCommand
{
    public static Command Create()
    {
        var about = new Option<string?>("--for") { Description = "Only about this resource: NAME or KIND/NAME, as volume/data.", HelpName = "[KIND/]NAME" };
        var warnings = new Option<bool>("--warnings") { Description = "Only what a person should look at." };
        var watch = new Option<bool>("--watch", "-w") { Description = "Go on and print every new event, until Ctrl-C." };
        var command = new Command("events", "What happened to volumes, backups, jobs and targets.") { about, warnings, watch }.WithExamples(
            "ankole events --for volume/data --watch");
        command.RunsOnServer(async (context, server, cancellationToken) =>
        {
            var query = new ResourceQuery(Kinds.Event) { Fields = [.. Fields(context.Parse.GetValue(about), context.Parse.GetValue(warnings))] };
            if (context.Parse.GetValue(watch))
            {
                await ChangeFeed.PrintAsync(context, server, query, cancellationToken);
                return;
            }
            var events = await ListCommand.ReadAllAsync(server, query, cancellationToken);
            context.PrintList(Kinds.Event, [.. events.Cast<EventResource>().OrderBy(happened => happened.LastTimestamp)], "There are no events.");
        });
        return command.OnServer();
    }

    private static IEnumerable<FieldRequirement> Fields(string? about, bool warnings)
    {
        if (about?.IndexOf('/', StringComparison.Ordinal) is { } slash and > 0)
        {
            yield return new FieldRequirement("involvedObject.kind", KindName.Parse(about[..slash]).Kind);
            yield return new FieldRequirement("involvedObject.name", about[(slash + 1)..]);
        }
        else if (about is not null)
            yield return new FieldRequirement("involvedObject.name", about);
        if (warnings)
            yield return new FieldRequirement("type", "Warning");
    }
}
