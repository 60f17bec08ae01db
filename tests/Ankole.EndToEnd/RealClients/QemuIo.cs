using Ankole.Testing;

namespace Ankole.EndToEnd.RealClients;

/// <summary>qemu-io, whose exit code says nothing about patterns that differ, so its words are read too.</summary>
internal static class QemuIo
{
    public static async Task<ProcessRun> MustAsync(string image, params string[] commands)
    {
        var run = await RunAsync(image, commands);
        Assert.True(run.ExitCode == 0 && !Text(run).Contains("failed", StringComparison.OrdinalIgnoreCase), run.ToString());
        return run;
    }

    public static Task<ProcessRun> RunAsync(string image, params string[] commands) =>
        Peer.RunAsync("qemu-io", ["-f", "raw", "-d", "unmap", .. commands.SelectMany(command => new[] { "-c", command }), image]);

    public static string Text(ProcessRun run) => run.Output + run.Error;
}
