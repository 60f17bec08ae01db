using System.Diagnostics;

namespace Ankole.Volumes.Tests;

/// <summary>Programs that a test needs and a machine may lack.</summary>
internal static class Peer
{
    /// <summary>Skips the test when the program is missing; fails it where all programs are required.</summary>
    public static void Require(string program)
    {
        var paths = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':');
        if (paths.Any(path => File.Exists(Path.Combine(path, program))))
            return;
        if (Environment.GetEnvironmentVariable("ANKOLE_REQUIRE_PEERS") == "1")
            Assert.Fail($"{program} is not installed, and ANKOLE_REQUIRE_PEERS=1 requires it.");
        Assert.Skip($"{program} is not installed");
    }

    public static async Task RunAsync(string command)
    {
        using var process = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", command]) { RedirectStandardError = true })!;
        var errors = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, $"'{command}' ended with {process.ExitCode}: {errors}");
    }
}
