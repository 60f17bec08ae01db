namespace Ankole.Server.Tests.Kubectl;

internal static class RealKubectl
{
    /// <summary>Skips the test where kubectl is not installed, unless the run promises that every real client is there.</summary>
    public static void Require(string program = "kubectl", string package = "kubernetes-client")
    {
        var found = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(folder => File.Exists(Path.Combine(folder, program)));
        if (!found && Environment.GetEnvironmentVariable("ANKOLE_REQUIRE_PEERS") == "1")
            Assert.Fail($"{program} is not installed");
        if (!found)
            Assert.Skip($"{program} is not installed (Debian: {package})");
    }
}
