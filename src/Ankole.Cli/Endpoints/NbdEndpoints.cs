using Ankole.Nbd;

namespace Ankole.Cli;

/// <summary>Connects to the exports that SOURCE and DEST name.</summary>
internal static class NbdEndpoints
{
    public static Task<NbdClient> ConnectAsync(string text, CancellationToken cancellationToken)
    {
        var uri = NbdUri.Parse(text);
        var tls = uri.TlsCertificates is { } directory ? NbdClientTls.FromDirectory(directory) : null;
        return NbdClient.ConnectAsync(uri, new NbdClientOptions { Tls = tls }, cancellationToken: cancellationToken);
    }
}
