using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Ankole.Cli.Tests.Api;

/// <summary>A server that answers every connection with the same bytes, as broken ones do.</summary>
internal sealed class RawServer : IAsyncDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource stopping = new();
    private readonly Task serving;

    /// <param name="answer">Null: connections are taken and never answered.</param>
    public RawServer(string? answer)
    {
        listener.Start();
        serving = ServeAsync(answer);
    }

    public Uri Address => new($"http://{listener.LocalEndpoint}");

    public static string Answer(int code, string body) => $"HTTP/1.1 {code} X\r\nContent-Type: application/json\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\nConnection: close\r\n\r\n{body}";

    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        await serving;
        listener.Stop();
        stopping.Dispose();
    }

    private async Task ServeAsync(string? answer)
    {
        var clients = new List<TcpClient>();
        try
        {
            while (true)
            {
                var client = await listener.AcceptTcpClientAsync(stopping.Token);
                clients.Add(client);
                if (answer is not null)
                    await AnswerAsync(client, answer);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            clients.ForEach(client => client.Dispose());
        }
    }

    private async Task AnswerAsync(TcpClient client, string answer)
    {
        try
        {
            _ = await client.GetStream().ReadAsync(new byte[16 << 10], stopping.Token);
            await client.GetStream().WriteAsync(Encoding.UTF8.GetBytes(answer), stopping.Token);
            client.Client.Shutdown(SocketShutdown.Send);
        }
        catch (IOException)
        {
            // The client has what it wanted and is gone.
        }
    }
}
