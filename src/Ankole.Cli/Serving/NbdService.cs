using Ankole.Nbd;

namespace Ankole.Cli;

/// <summary>Serves one export until the command is interrupted, then lets requests in flight finish.</summary>
internal static class NbdService
{
    /// <summary>For requests in flight, the last flush and the release of locks.</summary>
    public static readonly TimeSpan EndingTime = TimeSpan.FromSeconds(5);

    /// <param name="export">Its device is the caller's to close, after this returns.</param>
    /// <param name="onStarted">What else depends on the server runs as long as it does, and is disposed before the last requests are let finish.</param>
    public static async Task RunAsync(
        CommandContext context, NbdServeOptions options, NbdExport export, CancellationToken cancellationToken,
        Func<NbdServer, IAsyncDisposable>? onStarted = null)
    {
        context.EndingTime = EndingTime;
        var parse = context.Parse;
        var serverOptions = options.ServerOptions(parse);
        await using var server = await NbdServer.StartAsync(
            options.Address(parse), [export], serverOptions, timeProvider: context.Time, cancellationToken: cancellationToken);
        await using var companion = onStarted?.Invoke(server);
        var uri = server.Address.ToUri(export.Name, serverOptions.Tls is not null).ToString();
        context.Print(
            new ServingOutput(uri, export.Name, export.Source.SizeBytes, export.IsReadOnly, Environment.ProcessId), CliJson.Readable.ServingOutput,
            (writer, serving) => writer.WriteLine(
                $"Serving {serving.SizeBytes} bytes{(serving.IsReadOnly ? ", read-only," : "")} at {serving.Uri}\nEnd it with Ctrl-C or SIGTERM (pid {serving.Pid})."));
        await context.Output.FlushAsync(cancellationToken);
        await Task.Delay(Timeout.InfiniteTimeSpan, context.Time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await server.StopAsync(CancellationToken.None);
    }
}

/// <param name="Uri">As NBD clients take it.</param>
internal sealed record ServingOutput(string Uri, string Export, long SizeBytes, bool IsReadOnly, int Pid);
