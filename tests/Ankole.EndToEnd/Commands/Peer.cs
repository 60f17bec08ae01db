using System.Text.Json;
using Ankole.Testing;

namespace Ankole.EndToEnd;

/// <summary>Programs of others, as a user has them. Missing ones skip a test, or fail it where all of them are required.</summary>
internal static class Peer
{
    private static readonly string SearchPath = (Environment.GetEnvironmentVariable("PATH") ?? "") + ":/usr/sbin:/sbin";

    public static void Require(params string[] programs)
    {
        foreach (var program in programs)
            if (!SearchPath.Split(':').Any(folder => File.Exists(Path.Combine(folder, program))))
                Missing($"{program} is not installed");
    }

    /// <summary>Mounts need root, FUSE and loop devices. Only root can be expected to have the other two.</summary>
    public static void RequireMounts()
    {
        if (Environment.UserName != "root")
            Assert.Skip("mounting a file system needs root");
        if (!File.Exists("/dev/fuse"))
            Missing("there is no /dev/fuse");
        if (!File.Exists("/dev/loop-control"))
            Missing("there is no /dev/loop-control");
    }

    public static async Task<ProcessRun> RunAsync(string program, params string[] arguments)
    {
        Require(program);
        return await ProcessRun.RunAsync(program, arguments, new Dictionary<string, string?> { ["PATH"] = SearchPath, ["LC_ALL"] = "C" });
    }

    public static async Task<ProcessRun> MustAsync(string program, params string[] arguments) =>
        (await RunAsync(program, arguments)).MustSucceed();

    public static async Task<JsonElement> JsonAsync(string program, params string[] arguments) =>
        JsonDocument.Parse((await MustAsync(program, arguments)).Output).RootElement.Clone();

    private static void Missing(string what)
    {
        Assert.False(Environment.GetEnvironmentVariable("ANKOLE_REQUIRE_PEERS") == "1", $"{what}, and ANKOLE_REQUIRE_PEERS=1 requires it");
        Assert.Skip(what);
    }
}
