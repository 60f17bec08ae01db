using System.CommandLine;
using System.CommandLine.Completions;
using Ankole.Control;
using Ankole.Core;

namespace Ankole.Cli.Api;

/// <summary>Completes the names of resources by asking the daemon; where there is none, quietly nothing.</summary>
internal static class ResourceCompletion
{
    /// <summary>A person waits at the prompt: past this the shell offers nothing.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    /// <summary>Names offered at most.</summary>
    private const int MaxNames = 200;

    public static Argument<T> Completes<T>(this Argument<T> argument, ResourceKind kind)
    {
        // Without a name for help, help would ask for completions, and so the server.
        argument.HelpName = argument.Name;
        argument.CompletionSources.Add(context => Names(context, kind));
        return argument;
    }

    public static Option<T> Completes<T>(this Option<T> option, ResourceKind kind)
    {
        option.CompletionSources.Add(context => Names(context, kind));
        return option;
    }

    private static IEnumerable<CompletionItem> Names(CompletionContext context, ResourceKind kind)
    {
        try
        {
            var server = ServerLocation.Find(ServerOptions.Read(context.ParseResult)) with { RequestTimeout = Patience };
            using var client = new ApiClient(server);
            return client.NamesOf(kind, MaxNames).Where(name => name.StartsWith(context.WordToComplete, StringComparison.Ordinal)).Select(name => new CompletionItem(name));
        }
        catch (AnkoleException)
        {
            return [];
        }
    }
}
