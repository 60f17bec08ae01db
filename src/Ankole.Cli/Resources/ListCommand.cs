using System.CommandLine;
using Ankole.Cli.Api;
using Ankole.Control;

namespace Ankole.Cli.Resources;

/// <summary><c>ankole NOUN ls</c>: a kind's resources as a table, once or as they change.</summary>
internal static class ListCommand
{
    /// <param name="volumeField">The field that names the volume a resource is of; null: the kind is not of a volume.</param>
    public static Command Create(string name, string description, ResourceKind kind, string? volumeField = null)
    {
        var command = new Command(name, description);
        var selection = new ResourceSelection(command, kind, volumeField);
        var watch = new Option<bool>("--watch", "-w") { Description = "Go on and print every change, until Ctrl-C." };
        command.Options.Add(watch);
        command.RunsOnServer((context, server, cancellationToken) =>
            PrintAsync(context, server, selection.Read(context.Parse), context.Parse.GetValue(watch), cancellationToken));
        return command;
    }

    public static async Task PrintAsync(CommandContext context, ServerSession server, ResourceQuery query, bool watch, CancellationToken cancellationToken)
    {
        if (watch)
        {
            await ChangeFeed.PrintAsync(context, server, query, cancellationToken);
            return;
        }
        var items = await ReadAllAsync(server, query, cancellationToken);
        context.PrintList(query.Kind, items, $"There are no {query.Kind.Plural}{(query.Fields.Count + (query.Labels?.Requirements.Count ?? 0) > 0 ? " that match" : "")}.");
    }

    public static async Task<List<Resource>> ReadAllAsync(ServerSession server, ResourceQuery query, CancellationToken cancellationToken)
    {
        var items = new List<Resource>();
        var page = query with { Limit = 500 };
        while (true)
        {
            var list = await server.Resources.ListAsync(page, cancellationToken);
            items.AddRange(list.Items);
            if (list.Continue is null)
                return items;
            page = page with { Continue = list.Continue };
        }
    }
}
