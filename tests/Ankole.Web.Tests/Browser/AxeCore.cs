using System.Diagnostics;

namespace Ankole.Web.Tests.Browser;

/// <summary>The accessibility checker, as <c>tests/servers/axe.sh</c> installs it.</summary>
internal static class AxeCore
{
    public static async Task<string> ReadAsync()
    {
        var script = Path.Combine(Screenshots.Repository(), "tests", "servers", "axe.sh");
        var isThere = await RunAsync(script, "available") is not null;
        Assert.SkipWhen(!isThere && Environment.GetEnvironmentVariable("ANKOLE_REQUIRE_PEERS") != "1", "axe-core is not installed (tests/servers/axe.sh install)");
        Assert.True(isThere, "axe-core is not installed: run tests/servers/axe.sh install");
        return await File.ReadAllTextAsync((await RunAsync(script, "path"))!.Trim());
    }

    private static async Task<string?> RunAsync(string script, string verb)
    {
        using var process = Process.Start(new ProcessStartInfo("bash", [script, verb]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return process.ExitCode == 0 ? output : null;
    }
}
