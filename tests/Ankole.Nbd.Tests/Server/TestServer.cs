using Ankole.Core;
using Ankole.Testing;

namespace Ankole.Nbd.Tests;

/// <summary>A server on a unix socket in a directory of its own, which goes away with it.</summary>
internal sealed class TestServer : IAsyncDisposable
{
    public const long DefaultSize = 1 << 20;

    private readonly DirectoryInfo directory;

    private TestServer(NbdServer server, DirectoryInfo directory)
    {
        Server = server;
        this.directory = directory;
    }

    public NbdServer Server { get; }

    public string SocketPath => Server.Address.Path!;

    public string DirectoryPath => directory.FullName;

    public static Task<TestServer> StartAsync(IBlockSource source, NbdServerOptions? options = null, TimeProvider? time = null) =>
        StartAsync([new NbdExport("disk", source) { Description = "a test" }], options, time);

    public static async Task<TestServer> StartAsync(
        IReadOnlyList<NbdExport> exports, NbdServerOptions? options = null, TimeProvider? time = null)
    {
        var directory = Directory.CreateTempSubdirectory("ankole-nbd-");
        var address = NbdAddress.Unix(Path.Combine(directory.FullName, "s"));
        return new TestServer(await NbdServer.StartAsync(address, exports, options, timeProvider: time), directory);
    }

    public static Task<TestServer> StartAsync() => StartAsync(new MemoryBlockDevice(DefaultSize));

    public NbdUri Uri(string export = "disk") => NbdUri.ForUnix(SocketPath, export);

    public RawClient Connect() => RawClient.Connect(SocketPath);

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        directory.Delete(recursive: true);
    }
}
