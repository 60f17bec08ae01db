using System.CommandLine;
using Ankole.Control;

namespace Ankole.Cli.Api;

/// <summary>A command's connection to the daemon.</summary>
internal sealed class ServerSession : IDisposable
{
    public ServerSession(ApiAccess server, TimeProvider time)
    {
        Client = new ApiClient(server);
        Resources = new HttpResourceStore(Client, time);
    }

    public ApiClient Client { get; }

    public IResourceStore Resources { get; }

    public void Dispose() => Client.Dispose();

    public async Task<T> RequireAsync<T>(ResourceKind<T> kind, string name, CancellationToken cancellationToken) where T : Resource =>
        await Resources.GetAsync(kind, kind.IsNamespaced ? SystemNames.Namespace : null, name, cancellationToken)
            ?? throw new ResourceNotFoundException(new ResourceKey(kind, null, name));

    /// <summary>Changes what is wanted of an existing resource; nothing is written when nothing changes.</summary>
    public async Task<T> ChangeAsync<T>(ResourceKind<T> kind, string name, Func<T, T> change, CancellationToken cancellationToken) where T : Resource
    {
        var key = new ResourceKey(kind, kind.IsNamespaced ? SystemNames.Namespace : null, name);
        return await Resources.ChangeAsync(key, status: false, change, cancellationToken) ?? throw new ResourceNotFoundException(key);
    }
}

internal static class ServerCommands
{
    /// <summary>The body of a command that needs the daemon.</summary>
    public static void RunsOnServer(this Command command, Func<CommandContext, ServerSession, CancellationToken, Task> body) =>
        command.RunsOnServerWithExitCode(async (context, server, cancellationToken) =>
        {
            await body(context, server, cancellationToken);
            return 0;
        });

    public static void RunsOnServerWithExitCode(this Command command, Func<CommandContext, ServerSession, CancellationToken, Task<int>> body) =>
        command.RunsWithExitCode(
            async (context, cancellationToken) =>
            {
                using var server = new ServerSession(ServerLocation.Find(ServerOptions.Read(context.Parse)), context.Time);
                server.Client.OnWarning = context.Warn;
                return await body(context, server, cancellationToken);
            }, "interrupted. What the server was asked to do goes on there.");
}
