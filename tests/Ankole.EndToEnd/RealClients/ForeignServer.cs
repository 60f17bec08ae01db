using System.Diagnostics;
using Ankole.Testing;

namespace Ankole.EndToEnd.RealClients;

/// <summary>An NBD server of somebody else, on a unix socket.</summary>
internal sealed class ForeignServer : IAsyncDisposable
{
    private readonly Process process;

    private ForeignServer(Process process, string uri)
    {
        this.process = process;
        Uri = uri;
    }

    public string Uri { get; }

    /// <summary>qemu-nbd on an image in a format of QEMU's.</summary>
    public static Task<ForeignServer> QemuNbdAsync(string image, string format, string socket, params string[] more) =>
        StartAsync("qemu-nbd", socket, ["-t", "-k", socket, "-e", "8", "-f", format, .. more, image]);

    public static Task<ForeignServer> NbdkitAsync(string socket, params string[] plugin) =>
        StartAsync("nbdkit", socket, ["-f", "--exit-with-parent", "-U", socket, .. plugin]);

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
            Signal.Terminate(process);
        await process.WaitForExitAsync();
        process.Dispose();
    }

    private static async Task<ForeignServer> StartAsync(string program, string socket, string[] arguments)
    {
        Peer.Require(program);
        var process = ProcessRun.Start(program, arguments);
        _ = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        while (!IsListening(socket))
        {
            Assert.False(process.HasExited, process.HasExited ? $"{program} has ended: {await errors}" : "");
            await Task.Delay(50);
        }
        return new ForeignServer(process, $"nbd+unix:///?socket={socket}");
    }

    /// <summary>A socket has its file before it takes connections: the kernel shows both, and is asked without disturbing the server.</summary>
    private static bool IsListening(string socket)
    {
        const string TakesConnections = "00010000";
        return File.ReadLines("/proc/net/unix").Any(line => line.Contains($" {TakesConnections} ", StringComparison.Ordinal) && line.EndsWith(' ' + socket, StringComparison.Ordinal));
    }
}
