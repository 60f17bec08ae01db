using System.Runtime.InteropServices;
using Ankole.EndToEnd.Daemon;
using Ankole.EndToEnd.FileSystems;
using Ankole.Testing;

namespace Ankole.EndToEnd.VirtualMachine;

/// <summary>The daemon and the command in a virtual machine, whose kernel has an NBD client. What they do there is written in kernel-device.sh.</summary>
public sealed class KernelDeviceTests(ITestOutputHelper output) : IDisposable
{
    /// <summary>It takes five minutes on two cores that many others share: a start of the daemon, emulated, is a minute of that.</summary>
    private const int MachineSeconds = 1200;

    private static readonly string Script = Path.Combine(AppContext.BaseDirectory, "servers", "virtual-machine.sh");

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    [Trait("Category", "RealServer")]
    public async Task A_mounted_block_device_lives_through_snapshots_growth_and_a_killed_daemon_and_is_never_taken_away_in_use()
    {
        await RequireMachineAsync();
        PrepareRoot();
        using var machine = ProcessRun.Start("bash", [Script, "run", folder.Path], new Dictionary<string, string?>
        {
            ["VM_TIMEOUT"] = $"{MachineSeconds}", ["VM_TOOLS"] = "mkfs.ext4 e2fsck resize2fs", ["VM_LIBRARIES"] = "libssl.so.3 libcrypto.so.3",
        });
        // Bounded by the machine's own time: it ends by itself.
        var errors = machine.StandardError.ReadToEndAsync();
        var printed = await machine.StandardOutput.ReadToEndAsync();
        await machine.WaitForExitAsync();
        output.WriteLine(printed + await errors);
        Assert.Equal(0, machine.ExitCode);
        Assert.EndsWith("done", printed.Trim(), StringComparison.Ordinal);
    }

    /// <summary>The runtime, ankoled, ankole and the script; the rest is added by virtual-machine.sh.</summary>
    private void PrepareRoot()
    {
        var root = folder["root"];
        var runtime = new DirectoryInfo(RuntimeEnvironment.GetRuntimeDirectory());
        var dotnet = runtime.Parent!.Parent!.Parent!;
        Copy(Path.Combine(dotnet.FullName, "host"), Path.Combine(root, "usr/share/dotnet/host"));
        foreach (var framework in new[] { "Microsoft.NETCore.App", "Microsoft.AspNetCore.App" })
            Copy(Path.Combine(dotnet.FullName, "shared", framework, runtime.Name), Path.Combine(root, "usr/share/dotnet/shared", framework, runtime.Name));
        Copy(Path.GetDirectoryName(AnkoleDaemon.Program())!, Path.Combine(root, "ankoled"));
        Copy(Path.GetDirectoryName(AnkoleCommand.Program)!, Path.Combine(root, "ankole"));
        Directory.CreateDirectory(Path.Combine(root, "vm"));
        File.Copy(RepositoryFolder.Find("tests", "Ankole.EndToEnd", "VirtualMachine", "kernel-device.sh"), Path.Combine(root, "vm/script"));
    }

    private static void Copy(string from, string to)
    {
        foreach (var file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            var name = Path.GetRelativePath(from, file);
            // Programs of other systems, and what is for debuggers and editors.
            if (Path.GetExtension(name) is ".pdb" or ".dbg" or ".xml" || (name.StartsWith("runtimes/", StringComparison.Ordinal) && !name.StartsWith("runtimes/linux-x64/", StringComparison.Ordinal)))
                continue;
            var copy = Path.Combine(to, name);
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }
    }

    private static async Task RequireMachineAsync()
    {
        var available = await ProcessRun.RunAsync("bash", [Script, "available"]);
        if (available.ExitCode == 0)
            return;
        Assert.False(Environment.GetEnvironmentVariable("ANKOLE_REQUIRE_PEERS") == "1", available.Error);
        Assert.Skip(available.Error.Trim());
    }
}
