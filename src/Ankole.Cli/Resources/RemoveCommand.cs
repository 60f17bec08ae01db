using System.CommandLine;
using Ankole.Cli.Api;
using Ankole.Control;
using Ankole.Core;

namespace Ankole.Cli.Resources;

/// <summary><c>ankole NOUN rm NAME…</c>: deletes resources and what stands behind them; <c>--dry-run</c> says what would go.</summary>
internal static class RemoveCommand
{
    /// <param name="count">For a dry run: counts exactly, which may take a while, what <paramref name="foresee"/> only bounds.</param>
    public static Command Create<T>(
        string description, ResourceKind<T> kind, Func<ServerSession, T, CancellationToken, Task<Loss>> foresee,
        Func<CommandContext, ServerSession, T, Loss, CancellationToken, Task<Loss>>? count = null) where T : Resource
    {
        var names = new Argument<string[]>("NAME") { Description = $"The {kind.Kind}'s name; may be several.", Arity = ArgumentArity.OneOrMore }.Completes(kind);
        var dryRun = new Option<bool>("--dry-run") { Description = "Change nothing; say exactly what would go." };
        var wait = WaitOptions.Create("Wait until it is gone, with what stands behind it.");
        var command = new Command("rm", description) { names, dryRun, wait.Wait, wait.Timeout };
        command.RunsOnServerWithExitCode(async (context, server, cancellationToken) =>
        {
            var isDryRun = context.Parse.GetValue(dryRun);
            var removed = new List<RemovalOutput>();
            var exitCode = 0;
            foreach (var name in context.Parse.GetRequiredValue(names))
                try
                {
                    removed.Add(await RemoveAsync(context, server, kind, name, isDryRun, foresee, count, wait, cancellationToken));
                }
                catch (AnkoleException e)
                {
                    // The others go all the same; the first error is the command's.
                    var code = CommandRunner.Fail(context, e);
                    exitCode = exitCode == 0 ? code : exitCode;
                }
            if (removed.Count > 0)
                context.Print(new RemovalListOutput(isDryRun, removed), CliJson.Readable.RemovalListOutput, Write);
            return exitCode;
        });
        return command;
    }

    private static async Task<RemovalOutput> RemoveAsync<T>(
        CommandContext context, ServerSession server, ResourceKind<T> kind, string name, bool isDryRun, Func<ServerSession, T, CancellationToken, Task<Loss>> foresee,
        Func<CommandContext, ServerSession, T, Loss, CancellationToken, Task<Loss>>? count, WaitOptions wait, CancellationToken cancellationToken) where T : Resource
    {
        var resource = await server.RequireAsync(kind, name, cancellationToken);
        var loss = await foresee(server, resource, cancellationToken);
        var key = ResourceKey.Of(resource);
        if (isDryRun)
        {
            // The server's own rules are asked too: what it would refuse is no dry run's success.
            await server.Client.SendAsync(HttpMethod.Delete, ResourcePath.Of(key) + "?dryRun=All", null, cancellationToken);
            if (count is not null)
                loss = await count(context, server, resource, loss, cancellationToken);
        }
        else
        {
            await server.Resources.DeleteAsync(key, new DeletePreconditions(resource.Metadata.Uid, null), cancellationToken);
            if (wait.IsWanted(context.Parse))
                await ResourceWait.UntilGoneAsync(context, server, key, resource.Metadata.Uid, wait.Limit(context.Parse), cancellationToken);
        }
        return new RemovalOutput(kind.Kind, name, loss.Goes, loss.Stays, loss.FreedBytes, loss.IsExact);
    }

    private static void Write(TextWriter writer, RemovalListOutput output)
    {
        foreach (var removal in output.Removed)
        {
            writer.WriteLine($"{removal.Kind} {removal.Name} {(output.IsDryRun ? "would be deleted" : "is deleted")}{Freed(removal)}.");
            foreach (var line in removal.Goes)
                writer.WriteLine($"  goes:  {line}");
            foreach (var line in removal.Stays)
                writer.WriteLine($"  stays: {line}");
        }
    }

    private static string Freed(RemovalOutput removal) => removal.FreedBytes is { } freed ? $", {(removal.FreedExactly ? "" : "at most ")}{ByteSize.Format(freed)} freed" : "";
}

/// <summary>What a deletion takes away.</summary>
/// <param name="Goes">What goes beside the resource itself.</param>
/// <param name="Stays">What a person may fear for and need not.</param>
/// <param name="FreedBytes">The most that it frees; null when it frees nothing of size.</param>
/// <param name="IsExact">It frees no less than that either.</param>
internal sealed record Loss(IReadOnlyList<string> Goes, IReadOnlyList<string> Stays, long? FreedBytes, bool IsExact = false)
{
    public static Task<Loss> Nothing { get; } = Task.FromResult(new Loss([], [], null));
}

internal sealed record RemovalListOutput(bool IsDryRun, IReadOnlyList<RemovalOutput> Removed);

internal sealed record RemovalOutput(string Kind, string Name, IReadOnlyList<string> Goes, IReadOnlyList<string> Stays, long? FreedBytes, bool FreedExactly);
