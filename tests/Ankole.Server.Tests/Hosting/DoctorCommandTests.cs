using System.Net.Http.Headers;
using System.Text;
using Ankole.Core;
using Ankole.Testing;

namespace Ankole.Server.Tests.Hosting;

/// <summary><c>ankoled doctor</c> on the data folder of a daemon that does not run.</summary>
public sealed class DoctorCommandTests : IDisposable
{
    private const string Volume = """{"apiVersion":"ankole.io/v1beta1","kind":"Volume","metadata":{"name":"data"},"spec":{"size":"16Mi"}}""";
    private readonly TemporaryFolder folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task A_lost_database_is_told_and_its_volumes_are_made_again_only_when_that_is_asked_for()
    {
        await MakeVolumeAsync();
        Assert.Contains("agree", (await DoctorAsync(0)).Output, StringComparison.Ordinal);

        foreach (var file in Directory.EnumerateFiles(folder["data"], "resources.db*"))
            File.Delete(file);
        Assert.Contains("of volume 'data'", (await DoctorAsync((int)ErrorKind.Damaged)).Output, StringComparison.Ordinal);
        Assert.Contains("of volume 'data'", (await DoctorAsync((int)ErrorKind.Damaged)).Output, StringComparison.Ordinal);
        Assert.Contains("repaired", (await DoctorAsync(0, "--fix")).Output, StringComparison.Ordinal);
        Assert.Contains("agree", (await DoctorAsync(0)).Output, StringComparison.Ordinal);

        await using var daemon = DaemonProcess.Start(folder["data"]);
        using var client = await daemon.ReadyAsync(Token);
        await UntilDetachedAsync(client);
    }

    [Fact]
    public async Task A_damaged_database_is_left_as_it_is_and_the_way_back_is_named()
    {
        await MakeVolumeAsync();
        var database = Path.Combine(folder["data"], "resources.db");
        var damaged = new byte[1 << 16];
        new Random(1).NextBytes(damaged);
        await File.WriteAllBytesAsync(database, damaged, Token);
        File.Delete(database + "-wal");
        foreach (var arguments in (string[][])[[], ["--fix"]])
        {
            var run = await DoctorAsync((int)ErrorKind.Damaged, arguments);
            Assert.Contains("ankoled doctor --fix", run.Error, StringComparison.Ordinal);
            Assert.Equal(damaged, await File.ReadAllBytesAsync(database, Token));
        }
        File.Move(database, folder["aside"]);
        Assert.Contains("repaired", (await DoctorAsync(0, "--fix")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Beside_a_running_daemon_and_without_a_folder_it_does_nothing()
    {
        await using (var daemon = DaemonProcess.Start(folder["data"]))
        {
            using var client = await daemon.ReadyAsync(Token);
            Assert.Contains("another ankoled uses", (await DoctorAsync((int)ErrorKind.Busy)).Error, StringComparison.Ordinal);
        }
        var run = await ProcessRun.RunAsync(DaemonProcess.Program, ["doctor", "--data", folder["misspelt"]], cancellationToken: Token);
        Assert.Equal((int)ErrorKind.NotFound, run.ExitCode);
        Assert.False(Directory.Exists(folder["misspelt"]));
    }

    /// <summary>Leaves the folder of a daemon that has ended, with one volume in it.</summary>
    private async Task MakeVolumeAsync()
    {
        await using var daemon = DaemonProcess.Start(folder["data"]);
        using var client = await daemon.ReadyAsync(Token);
        using var content = new StringContent(Volume, Encoding.UTF8, new MediaTypeHeaderValue("application/json"));
        (await client.PostAsync("/apis/ankole.io/v1beta1/volumes", content, Token)).EnsureSuccessStatusCode();
        await UntilDetachedAsync(client);
        Assert.Equal(0, (await daemon.TerminateAsync()).ExitCode);
    }

    private static async Task UntilDetachedAsync(HttpClient client)
    {
        var deadline = DateTime.UtcNow + TimeSpan.FromMinutes(2);
        while (!(await client.GetStringAsync("/apis/ankole.io/v1beta1/volumes/data", Token)).Contains("\"state\":\"detached\"", StringComparison.Ordinal))
        {
            Assert.True(DateTime.UtcNow < deadline, "the volume is not made");
            await Task.Delay(50, Token);
        }
    }

    private async Task<ProcessRun> DoctorAsync(int exitCode, params string[] arguments)
    {
        var run = await ProcessRun.RunAsync(DaemonProcess.Program, ["doctor", "--data", folder["data"], .. arguments], cancellationToken: Token);
        Assert.True(run.ExitCode == exitCode, $"exit code {run.ExitCode}: {run.Output}{run.Error}");
        return run;
    }
}
