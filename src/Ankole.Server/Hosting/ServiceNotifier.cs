using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Ankole.Files;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace Ankole.Server;

/// <summary>When the daemon serves: writes its address where the command line finds it, and tells the service manager (sd_notify(3)).</summary>
internal sealed class ServiceNotifier(
    ServerOptions options, DataFolder folder, IServer server, IHostApplicationLifetime lifetime, ILogger<ServiceNotifier> logger) : IHostedLifecycleService
{
    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        // The server's own start comes after all services': only then are addresses known.
        lifetime.ApplicationStarted.Register(() => started = Task.Run(AnnounceAsync));
        return Task.CompletedTask;
    }

    private Task started = Task.CompletedTask;

    private string CertificateFile => options.TlsCertificate is null ? folder.Certificate : Path.GetFullPath(options.TlsCertificate);

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        await started;
        Notify("STOPPING=1");
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken)
    {
        File.Delete(folder.Address);
        return Task.CompletedTask;
    }

    private async Task AnnounceAsync()
    {
        using var certificate = X509CertificateLoader.LoadCertificateFromFile(CertificateFile);
        var secure = ServedAddress.Of(server.Features.Get<IServerAddressesFeature>()!.Addresses.First(), options.Listen.Address, certificate);
        // On loopback the same port speaks HTTP too, and needs no certificate then.
        var address = IPAddress.IsLoopback(options.Listen.Address) ? secure.Replace("https://", "http://", StringComparison.Ordinal) : secure;
        await DurableFile.ReplaceAsync(folder.Address, Encoding.UTF8.GetBytes(address + "\n"), CancellationToken.None);
        PrivateFile.Write(folder.Kubeconfig, Kubeconfig.Of(secure, CertificateFile, folder.Token));
        Log.Serving(logger, address, folder.Token, folder.Path);
        Notify("READY=1\nSTATUS=Serving " + address);
    }

    private void Notify(string state)
    {
        if (options.NotifySocket is not { Length: > 1 } path)
            return;
        try
        {
            using var socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
            // A name that begins with '@' stands for one in the abstract namespace, which begins with a zero.
            socket.SendTo(Encoding.UTF8.GetBytes(state), new UnixDomainSocketEndPoint(path[0] == '@' ? '\0' + path[1..] : path));
        }
        catch (SocketException e)
        {
            Log.NotifyFailed(logger, path, e);
        }
    }
}
