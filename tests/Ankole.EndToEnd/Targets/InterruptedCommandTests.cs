using System.Diagnostics;
using Ankole.Backup;
using Ankole.Testing;

namespace Ankole.EndToEnd.Targets;

/// <summary>Ctrl-C while a server is frozen in the middle of what a command does.</summary>
[Collection(TargetServers.Collection)]
public sealed class InterruptedCommandTests(TargetServers servers, ITestOutputHelper output) : IDisposable
{
    private const int ImageBytes = 64 << 20;

    /// <summary>The command gives itself 0.75 s; the rest is for a machine with other work.</summary>
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(4);

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("s3", "backup")]
    [InlineData("s3", "restore")]
    [InlineData("s3", "rm")]
    [InlineData("nfs", "backup")]
    [InlineData("nfs", "restore")]
    [InlineData("nfs", "rm")]
    [InlineData("azblob", "backup")]
    [InlineData("azblob", "restore")]
    [InlineData("azblob", "rm")]
    public async Task Ctrl_C_is_answered_though_the_server_is_frozen_and_the_same_command_goes_on_later(string kind, string command)
    {
        var (target, environment) = await servers.NewTargetAsync(kind);
        var server = await servers.StartAsync(kind);
        await using var store = TargetServers.Open(target, environment);
        await File.WriteAllBytesAsync(folder["image"], Noise(1));
        var url = $"{target}{(target.Contains('?') ? '&' : '?')}backup=b1&volume=vol";
        string[] slow = ["store", "backup", folder["image"], target, "--volume", "vol", "--backup", "b1", "--limit-rate", "8Mi"];
        if (command != "backup")
            (await AnkoleCommand.RunWithAsync(environment, slow[..^2])).MustSucceed();
        var arguments = command switch
        {
            "backup" => slow,
            "restore" => new[] { "store", "restore", url, "--to", folder["restored"], "--limit-rate", "8Mi" },
            _ => ["store", "rm", url],
        };

        using var process = AnkoleCommand.StartWith(environment, arguments);
        var (text, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await UntilAsync(async () => command switch
        {
            "backup" => await CountAsync(store, ".blk") >= 4,
            "restore" => File.Exists(folder["restored.partial"]),
            _ => await CountAsync(store, ".lck") > 0,
        });
        // It stands still until the server does: on a busy machine it might be done before that.
        Signal.Stop(process);
        Assert.False(process.HasExited, "the command was over before it could be stopped");
        await server.RunAsync("pause");
        Signal.Continue(process);
        try
        {
            var pressed = Stopwatch.GetTimestamp();
            Signal.Interrupt(process);
            await process.WaitForExitAsync().WaitAsync(Patience);
            var elapsed = Stopwatch.GetElapsedTime(pressed);
            output.WriteLine($"{kind}, {command}: ended {elapsed.TotalSeconds:0.00} s after Ctrl-C: {await error}");
            Assert.Equal(130, process.ExitCode);
            Assert.InRange(elapsed, TimeSpan.Zero, Deadline);
            Assert.Contains("interrupted", await error, StringComparison.Ordinal);
            Assert.Empty(await text);
        }
        finally
        {
            if (!process.HasExited)
                process.Kill();
            await server.RunAsync("resume");
        }
        (await AnkoleCommand.RunWithAsync(environment, arguments)).MustSucceed();
        if (command == "restore")
            Assert.Equal(await FileHash.OfAsync(folder["image"]), await FileHash.OfAsync(folder["restored"]));
    }

    private static byte[] Noise(int seed)
    {
        var bytes = new byte[ImageBytes];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    private static async Task<int> CountAsync(IObjectStore store, string suffix) =>
        await store.ListAsync("backupstore/", CancellationToken.None).CountAsync(entry => entry.Key.EndsWith(suffix, StringComparison.Ordinal));

    private static async Task UntilAsync(Func<Task<bool>> isSo)
    {
        for (var started = Stopwatch.GetTimestamp(); !await isSo(); await Task.Delay(20))
            Assert.True(Stopwatch.GetElapsedTime(started) < Patience, "the command does not get so far");
    }
}
