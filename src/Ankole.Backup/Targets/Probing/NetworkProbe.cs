using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Ankole.Core;

namespace Ankole.Backup;

/// <summary>The way to an HTTP endpoint, layer by layer: name, connection, TLS, clock.</summary>
/// <param name="explain">Says why a request failed.</param>
internal sealed class NetworkProbe(
    Uri endpoint, ProxySelection? proxy, X509Certificate2Collection trust, Func<Exception, RequestFailure> explain, ObjectStoreOptions options, StepWatch watch)
{
    /// <summary>S3 and Azure refuse signatures that are further off.</summary>
    private static readonly TimeSpan RefusedSkew = TimeSpan.FromMinutes(15);

    /// <summary>Longhorn judges the age of locks by the store's clock against its own, and they live for 150 seconds (backupstore format, sections 8 and 22).</summary>
    internal static readonly TimeSpan DangerousSkew = TimeSpan.FromSeconds(60);

    public static NetworkProbe For(S3Settings settings, ObjectStoreOptions options, StepWatch watch) => new(
        settings.HostEndpoint, settings.Proxy, settings.Trust, error => new S3Failures(settings).Explain(error, S3Action.List), options, watch);

    public static NetworkProbe For(AzureBlobSettings settings, ObjectStoreOptions options, StepWatch watch) => new(
        settings.Account, settings.Proxy, settings.Trust, error => new AzureBlobFailures(settings).Explain(error, "list"), options, watch);

    public async IAsyncEnumerable<ProbeStep> RunAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (proxy?.GetProxy(endpoint) is { } through)
        {
            yield return watch.Step("connection", ProbeResult.Unknown, $"goes through the proxy {through.Authority}: the steps below show whether it works");
        }
        else
        {
            var resolved = await watch.RunAsync("name resolution", async () => Text(await ResolveAsync(cancellationToken)));
            yield return resolved;
            if (resolved.Result == ProbeResult.Failed)
                yield break;
            var connected = await watch.RunAsync("connection", () => ConnectAsync(cancellationToken));
            yield return connected;
            if (connected.Result == ProbeResult.Failed)
                yield break;
            if (endpoint.Scheme == Uri.UriSchemeHttps)
            {
                var secured = await watch.RunAsync("TLS", () => HandshakeAsync(cancellationToken));
                yield return secured;
                if (secured.Result == ProbeResult.Failed)
                    yield break;
            }
            else
            {
                yield return watch.Step("TLS", ProbeResult.Warning, "the endpoint is http://: backups cross the network in the clear");
            }
        }
        yield return await CompareClocksAsync(cancellationToken);
    }

    private async Task<IPAddress[]> ResolveAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var deadline = Deadline(cancellationToken);
            return await Dns.GetHostAddressesAsync(endpoint.DnsSafeHost, deadline.Token);
        }
        catch (SocketException e)
        {
            throw Unreachable(e, cancellationToken);
        }
        catch (OperationCanceledException e)
        {
            throw Unreachable(e, cancellationToken);
        }
    }

    private async ValueTask<string> ConnectAsync(CancellationToken cancellationToken)
    {
        using var socket = await OpenAsync(cancellationToken);
        return $"{socket.RemoteEndPoint} accepts";
    }

    private async Task<Socket> OpenAsync(CancellationToken cancellationToken)
    {
        var addresses = await ResolveAsync(cancellationToken);
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            using var deadline = Deadline(cancellationToken);
            await socket.ConnectAsync(addresses, endpoint.Port, deadline.Token);
            return socket;
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException)
        {
            socket.Dispose();
            throw Unreachable(e, cancellationToken);
        }
    }

    private async ValueTask<string> HandshakeAsync(CancellationToken cancellationToken)
    {
        using var socket = await OpenAsync(cancellationToken);
        await using var tls = new SslStream(new NetworkStream(socket), leaveInnerStreamOpen: false);
        try
        {
            using var deadline = Deadline(cancellationToken);
            var client = new SslClientAuthenticationOptions
            {
                TargetHost = endpoint.IdnHost,
                RemoteCertificateValidationCallback = new CertificateTrust(trust).Validate,
            };
            await tls.AuthenticateAsClientAsync(client, deadline.Token);
            return $"{tls.SslProtocol}, certificate valid until {tls.RemoteCertificate!.GetExpirationDateString()} UTC";
        }
        catch (Exception e) when (e is AuthenticationException or IOException or OperationCanceledException)
        {
            throw Unreachable(e, cancellationToken);
        }
    }

    /// <summary>Every HTTP answer, a refusal too, carries the server's time.</summary>
    private async ValueTask<ProbeStep> CompareClocksAsync(CancellationToken cancellationToken)
    {
        const string name = "clock";
        try
        {
            using var deadline = Deadline(cancellationToken);
            using var http = StoreHttp.CreateClient(trust, proxy, options);
            using var request = new HttpRequestMessage(HttpMethod.Head, endpoint);
            using var answer = await http.SendAsync(request, deadline.Token);
            if (answer.Headers.Date is not { } theirs)
                return watch.Step(name, ProbeResult.Unknown, "the server does not tell its time");
            var skew = (options.Time.GetUtcNow() - theirs).Duration();
            var detail = $"{skew.TotalSeconds:0} s between this machine and the server";
            return skew > RefusedSkew ? watch.Step(name, ProbeResult.Failed, $"{detail}: signatures will be refused; set this machine's clock right, for instance by NTP")
                : skew > DangerousSkew ? watch.Step(name, ProbeResult.Warning, $"{detail}: locks of programs that compare clocks become unsafe; set both right, for instance by NTP")
                : watch.Step(name, ProbeResult.Passed, detail);
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
        {
            var error = Unreachable(e, cancellationToken);
            return watch.Step(name, ProbeResult.Failed, error.Message);
        }
    }

    private ObjectStoreException Unreachable(Exception cause, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var failure = explain(cause);
        return new ObjectStoreException(failure.Kind, failure.Reason + ".", failure.IsTransient, cause);
    }

    private CancellationTokenSource Deadline(CancellationToken cancellationToken)
    {
        var source = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        source.CancelAfter(options.ConnectTimeout);
        return source;
    }

    private static string Text(IPAddress[] addresses) => string.Join(", ", addresses.Take(4).Select(address => address.ToString()));
}
