using System.Diagnostics;
using System.Net.Sockets;

namespace Ankole.Nbd.Tests;

/// <summary>Programs of others that speak NBD.</summary>
internal static class Peer
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);

    /// <summary>Skips the test where the program is missing; with ANKOLE_REQUIRE_PEERS=1 the test fails.</summary>
    public static void Require(string program)
    {
        if (Environment.GetEnvironmentVariable("PATH")!.Split(':').Any(folder => File.Exists(Path.Combine(folder, program))))
            return;
        if (Environment.GetEnvironmentVariable("ANKOLE_REQUIRE_PEERS") == "1")
            Assert.Fail($"{program} is not installed, and ANKOLE_REQUIRE_PEERS=1 demands it");
        Assert.Skip($"{program} is not installed");
    }

    /// <summary>Runs a program to its end.</summary>
    /// <returns>What it wrote to standard output.</returns>
    public static async Task<string> RunAsync(string program, params string[] arguments)
    {
        var (code, output, error) = await TryAsync(program, arguments);
        Assert.True(code == 0, $"{program} {string.Join(' ', arguments)} ended with {code}:\n{output}\n{error}");
        return output;
    }

    public static async Task<(int Code, string Output, string Error)> TryAsync(string program, params string[] arguments)
    {
        Require(program);
        using var process = Start(program, arguments);
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        try
        {
            await process.WaitForExitAsync().WaitAsync(Limit);
        }
        catch (TimeoutException)
        {
            process.Kill();
            Assert.Fail($"{program} {string.Join(' ', arguments)} did not end within {Limit}");
        }
        return (process.ExitCode, await output, await error);
    }

    /// <summary>Starts a server and waits for its socket.</summary>
    public static async Task<Process> ServeAsync(string socket, string program, params string[] arguments)
    {
        Require(program);
        var process = Start(program, arguments);
        await WaitFor.TrueAsync(() => process.HasExited || CanConnect(socket));
        Assert.False(process.HasExited, $"{program} ended: {(process.HasExited ? await process.StandardError.ReadToEndAsync() : "")}");
        return process;
    }

    private static bool CanConnect(string path)
    {
        using var probe = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            probe.Connect(new UnixDomainSocketEndPoint(path));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static Process Start(string program, string[] arguments) => Process.Start(
        new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
}
