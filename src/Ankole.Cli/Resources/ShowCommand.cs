using System.CommandLine;
using Ankole.Cli.Api;
using Ankole.Control;

namespace Ankole.Cli.Resources;

/// <summary><c>ankole NOUN show NAME</c>: all that is known of a resource, with what happened to it.</summary>
internal static class ShowCommand
{
    /// <summary>Newest events shown.</summary>
    private const int MaxEvents = 10;

    public static Command Create<T>(string description, ResourceKind<T> kind) where T : Resource
    {
        var name = new Argument<string>("NAME") { Description = $"The {kind.Kind}'s name." }.Completes(kind);
        var command = new Command("show", description) { name };
        command.RunsOnServer((context, server, cancellationToken) => PrintAsync(context, server, kind, context.Parse.GetRequiredValue(name), cancellationToken));
        return command;
    }

    public static async Task PrintAsync<T>(CommandContext context, ServerSession server, ResourceKind<T> kind, string name, CancellationToken cancellationToken) where T : Resource
    {
        var resource = await server.RequireAsync(kind, name, cancellationToken);
        var events = context.IsText ? await EventsOfAsync(server, kind, name, cancellationToken) : [];
        context.PrintOne(resource, writer => ResourceDescription.Write(writer, kind, resource, events, context.Time.GetUtcNow()));
    }

    private static async Task<IReadOnlyList<EventResource>> EventsOfAsync(ServerSession server, ResourceKind kind, string name, CancellationToken cancellationToken)
    {
        var query = new ResourceQuery(Kinds.Event)
        {
            Fields = [new FieldRequirement("involvedObject.kind", kind.Kind), new FieldRequirement("involvedObject.name", name)],
        };
        var events = await ListCommand.ReadAllAsync(server, query, cancellationToken);
        return [.. events.Cast<EventResource>().OrderByDescending(happened => happened.LastTimestamp).Take(MaxEvents).Reverse()];
    }
}
