using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Ankole.Server;

/// <summary>HTTP and HTTPS on one port: a TLS connection shows itself by its first byte. For loopback only, where nobody listens in between.</summary>
internal static class PlainOrTls
{
    /// <summary>The content type of a handshake record (RFC 8446, section 5.1); no HTTP request begins with it.</summary>
    private const byte Handshake = 0x16;

    /// <summary>A client that has connected and says nothing for this long is let go: the server's own limits begin only after the first byte.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public static void Use(ListenOptions listen, X509Certificate2 certificate)
    {
        ConnectionDelegate? withoutTls = null;
        listen.Use(withTls => async connection =>
        {
            if (await BeginsWithHandshakeAsync(connection) is not { } isTls)
                return;
            await (isTls ? withTls : withoutTls!)(connection);
        });
        listen.UseHttps(certificate);
        listen.Use(rest => withoutTls = rest);
    }

    /// <returns>Null: nothing came.</returns>
    private static async ValueTask<bool?> BeginsWithHandshakeAsync(ConnectionContext connection)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(connection.ConnectionClosed);
        deadline.CancelAfter(Patience);
        var input = connection.Transport.Input;
        try
        {
            var read = await input.ReadAsync(deadline.Token);
            bool? isTls = read.Buffer.IsEmpty ? null : read.Buffer.FirstSpan[0] == Handshake;
            // Nothing is consumed: who comes next reads the same bytes.
            input.AdvanceTo(read.Buffer.Start);
            return isTls;
        }
        catch (OperationCanceledException)
        {
            return null;
        }
    }
}
