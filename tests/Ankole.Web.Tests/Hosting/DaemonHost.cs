using System.Net;
using Ankole.Control;
using Ankole.Server;
using Ankole.Server.Web;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace Ankole.Web.Tests.Hosting;

/// <summary>The whole daemon in this process, as <c>ankoled</c> puts it together, on a loopback port.</summary>
public sealed class DaemonHost : IAsyncDisposable
{
    private const string Node = "atlas";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    private readonly DataFolder folder;
    private readonly WebApplication app;

    private DaemonHost(DataFolder folder, WebApplication app)
    {
        this.folder = folder;
        this.app = app;
        Port = new Uri(app.Urls.First()).Port;
    }

    public int Port { get; }

    public string Address => $"http://127.0.0.1:{Port}";

    public string Token => File.ReadAllText(folder.Token).Trim();

    /// <summary>As controllers see it.</summary>
    public IResourceStore Store => app.Services.GetRequiredService<IResourceStore>();

    /// <summary>As people see it, with every rule.</summary>
    public IResourceStore Users => app.Services.GetRequiredService<WebStore>().Store;

    /// <param name="port">0: any free one.</param>
    public static async Task<DaemonHost> StartAsync(string dataFolder, int port = 0)
    {
        var folder = DataFolder.Open(dataFolder);
        var app = AnkoleServer.Build(new ServerOptions { DataFolder = dataFolder, Listen = new IPEndPoint(IPAddress.Loopback, port), NodeName = Node }, folder);
        await app.StartAsync();
        return new DaemonHost(folder, app);
    }

    /// <summary>Gives the default target a URL, and waits until it was reached.</summary>
    public async Task UseTargetAsync(string url)
    {
        await Users.ChangeAsync<BackupTargetResource>(new ResourceKey(Kinds.BackupTarget, null, SystemNames.DefaultTarget), status: false,
            target => target with { Spec = target.Spec with { BackupTargetUrl = url } }, CancellationToken.None);
        await UntilAsync(Kinds.BackupTarget, SystemNames.DefaultTarget, target => target.Status is { Available: true, LastSyncedAt: not null });
    }

    /// <summary>An attached volume.</summary>
    public async Task<VolumeResource> MakeVolumeAsync(string name, string size = "64Mi")
    {
        await Users.CreateAsync(new VolumeResource
        {
            Metadata = new ObjectMeta { Name = name },
            Spec = new VolumeSpec { Size = size, AttachmentTickets = new Dictionary<string, AttachmentTicket> { ["ankole-ui"] = new() { Type = AttachmentTicketType.Api, NodeID = Node } } },
        }, CancellationToken.None);
        return await UntilAsync(Kinds.Volume, name, volume => volume.Status.Endpoint.Length > 0);
    }

    public async Task<string> EndpointAsync(string volume) => (await UntilAsync(Kinds.Volume, volume, current => current.Status.Endpoint.Length > 0)).Status.Endpoint;

    /// <summary>A completed backup of the volume as it is now.</summary>
    public async Task<BackupResource> BackUpAsync(string volume, string name)
    {
        await Users.CreateAsync(new BackupResource { Metadata = new ObjectMeta { Name = name }, Spec = new BackupSpec { VolumeName = volume } }, CancellationToken.None);
        return await UntilAsync(Kinds.Backup, name, backup => backup.Status is { State: BackupState.Completed, FinishedAt: not null });
    }

    /// <summary>Waits until a resource is gone.</summary>
    public async Task UntilGoneAsync(ResourceKind kind, string name)
    {
        for (var deadline = DateTime.UtcNow + Patience; await Store.GetAsync(new ResourceKey(kind, null, name), CancellationToken.None) is not null; await Task.Delay(50))
            Assert.True(DateTime.UtcNow < deadline, $"{kind} '{name}' is still there after {Patience.TotalSeconds:0} s");
    }

    /// <summary>Waits until a resource is as it should be; its controllers' pace is theirs.</summary>
    public async Task<T> UntilAsync<T>(ResourceKind<T> kind, string name, Func<T, bool> isReached) where T : Resource
    {
        using var patience = new CancellationTokenSource(Patience);
        Resource? last = null;
        try
        {
            await foreach (var change in Store.WatchAsync(new ResourceQuery(kind), null, patience.Token))
                if (change.Resource is T resource && resource.Name == name && isReached((T)(last = resource)))
                    return resource;
        }
        catch (OperationCanceledException)
        {
            Assert.Fail($"{kind} '{name}' is not as expected after {Patience.TotalSeconds:0} s: {(last is null ? "it does not exist" : System.Text.Encoding.UTF8.GetString(kind.ToJson(last)))}");
        }
        throw new InvalidOperationException("a watch ended by itself");
    }

    /// <summary>The daemon is told to end, and goes no further: between that and its end it still listens.</summary>
    public void BeginToStop() => app.Lifetime.StopApplication();

    public async ValueTask DisposeAsync()
    {
        await app.StopAsync();
        await app.DisposeAsync();
        folder.Dispose();
    }
}
