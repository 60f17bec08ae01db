using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Xml.Linq;

namespace Ankole.Backup.Tests;

/// <summary>
/// An S3 server of few words over raw sockets: it keeps objects in memory and answers as the protocol says, unless the test's script answers first.
/// For the faults that a real server cannot be made to show.
/// </summary>
public sealed class FakeS3Server : IAsyncDisposable
{
    /// <summary>The first byte of a client that believes it speaks TLS.</summary>
    private const byte TlsHandshake = 0x16;

    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource stopping = new();
    private readonly ConcurrentBag<Task> connections = [];
    private readonly Task accepting;

    public FakeS3Server()
    {
        listener.Start();
        Port = ((IPEndPoint)listener.LocalEndpoint).Port;
        accepting = AcceptAsync();
    }

    /// <summary>Asked first for every request; null lets the server answer by itself. Its argument counts requests from 1.</summary>
    public Func<FakeRequest, int, FakeReply?> Script { get; set; } = (_, _) => null;

    /// <summary>False: the server stores whatever the condition says, as some do.</summary>
    public bool HonoursConditions { get; set; } = true;

    public ConcurrentQueue<FakeRequest> Requests { get; } = new();

    /// <summary>By path, bucket included.</summary>
    public ConcurrentDictionary<string, byte[]> Objects { get; } = new();

    public ConcurrentDictionary<string, string> Marks { get; } = new();

    public int Port { get; }

    public TargetCredentials Credentials(params (string Key, string Value)[] more)
    {
        var values = new Dictionary<string, string>
        {
            ["AWS_ACCESS_KEY_ID"] = "AKIDEXAMPLE",
            ["AWS_SECRET_ACCESS_KEY"] = "secret-that-must-never-show",
            ["AWS_ENDPOINTS"] = $"http://127.0.0.1:{Port}",
        };
        foreach (var (key, value) in more)
            values[key] = value;
        return TargetCredentials.FromSecret(values);
    }

    internal S3ObjectStore Open(ObjectStoreOptions options, params (string Key, string Value)[] more) =>
        S3ObjectStore.Open((S3TargetUrl)TargetUrl.Parse("s3://bucket@us-east-1/path/"), Credentials(more), options);

    public async ValueTask DisposeAsync()
    {
        if (accepting.IsCompleted)
            return;
        await stopping.CancelAsync();
        await accepting;
        listener.Stop();
        await Task.WhenAll(connections);
        stopping.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
                connections.Add(ServeAsync(await listener.AcceptTcpClientAsync(stopping.Token)));
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The end of the test.
        }
    }

    private async Task ServeAsync(TcpClient connection)
    {
        using var _ = connection;
        connection.NoDelay = true;
        var stream = connection.GetStream();
        try
        {
            while (await ReadRequestAsync(stream) is { } request)
            {
                Requests.Enqueue(request);
                var reply = Script(request, Requests.Count) ?? Answer(request);
                if (reply.IsLost || !await SendAsync(stream, request, reply))
                    return;
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or SocketException)
        {
            // The client hung up, or the test is over.
        }
    }

    private async Task<FakeRequest?> ReadRequestAsync(NetworkStream stream)
    {
        var head = new List<byte>();
        var one = new byte[1];
        while (!(head.Count >= 4 && head[^4] == '\r' && head[^3] == '\n' && head[^2] == '\r' && head[^1] == '\n'))
        {
            if (await stream.ReadAsync(one, stopping.Token) == 0)
                return null;
            head.Add(one[0]);
            if (head[0] == TlsHandshake)
            {
                await stream.WriteAsync("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"u8.ToArray(), stopping.Token);
                return null;
            }
        }
        var lines = Encoding.ASCII.GetString([.. head]).Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        var headers = lines.Skip(1).Select(line => line.Split(':', 2)).ToDictionary(parts => parts[0], parts => parts[1].Trim(), StringComparer.OrdinalIgnoreCase);
        if (headers.GetValueOrDefault("Expect") == "100-continue")
            await stream.WriteAsync("HTTP/1.1 100 Continue\r\n\r\n"u8.ToArray(), stopping.Token);
        var body = new byte[int.Parse(headers.GetValueOrDefault("Content-Length", "0"), CultureInfo.InvariantCulture)];
        await stream.ReadExactlyAsync(body, stopping.Token);
        var words = lines[0].Split(' ');
        return new FakeRequest(words[0], words[1], headers, body);
    }

    /// <returns>False: the connection is of no more use.</returns>
    private async Task<bool> SendAsync(NetworkStream stream, FakeRequest request, FakeReply reply)
    {
        if (reply.IsSilent)
            await Task.Delay(Timeout.Infinite, stopping.Token);
        var head = new StringBuilder($"HTTP/1.1 {reply.Status} As-Scripted\r\nContent-Length: {reply.AnnouncedLength ?? reply.Body.Length}\r\n");
        foreach (var (name, value) in reply.Headers)
            head.Append(CultureInfo.InvariantCulture, $"{name}: {value}\r\n");
        await stream.WriteAsync(Encoding.ASCII.GetBytes(head.Append("\r\n").ToString()), stopping.Token);
        if (request.Method == "HEAD")
            return true;
        var length = reply.StallAfter ?? reply.CloseAfter ?? reply.Body.Length;
        await stream.WriteAsync(reply.Body.AsMemory(0, length), stopping.Token);
        if (reply.StallAfter is not null)
            await Task.Delay(Timeout.Infinite, stopping.Token);
        return reply.CloseAfter is null;
    }

    /// <summary>As a server that works.</summary>
    public FakeReply Answer(FakeRequest request)
    {
        if (request.IsBatchDelete)
            return AnswerBatchDelete(request);
        if (request.IsListing)
            return AnswerListing(request);
        switch (request.Method)
        {
            case "PUT":
                if (HonoursConditions && request.Headers.ContainsKey("If-None-Match") && Objects.ContainsKey(request.Path))
                    return FakeReply.Error(412, "PreconditionFailed");
                Objects[request.Path] = request.Body;
                Marks[request.Path] = request.Headers.GetValueOrDefault("x-amz-meta-ankole-writer", "");
                return new FakeReply(200, []) { Headers = [("ETag", $"\"{Convert.ToHexStringLower(SHA256.HashData(request.Body))[..32]}\"")] };
            case "DELETE":
                Objects.TryRemove(request.Path, out _);
                return new FakeReply(204, []);
            default:
                return Objects.TryGetValue(request.Path, out var content)
                    ? new FakeReply(200, content)
                    {
                        Headers = [("Last-Modified", DateTime.UtcNow.ToString("R")), ("x-amz-meta-ankole-writer", Marks[request.Path])],
                    }
                    : FakeReply.Error(404, "NoSuchKey");
        }
    }

    private FakeReply AnswerBatchDelete(FakeRequest request)
    {
        var keys = XDocument.Parse(Encoding.UTF8.GetString(request.Body)).Descendants().Where(e => e.Name.LocalName == "Key").Select(e => e.Value).ToList();
        foreach (var key in keys)
            Objects.TryRemove($"{request.Path.TrimEnd('/')}/{key}", out _);
        return FakeReply.Xml(200, $"<DeleteResult>{string.Concat(keys.Select(key => $"<Deleted><Key>{key}</Key></Deleted>"))}</DeleteResult>");
    }

    private FakeReply AnswerListing(FakeRequest request)
    {
        var prefix = Uri.UnescapeDataString(request.Query["prefix"]);
        var bucket = request.Path.TrimEnd('/') + "/";
        var keys = Objects.Keys.Select(path => path[bucket.Length..]).Where(key => key.StartsWith(prefix, StringComparison.Ordinal));
        return Listing(keys.Select(key => (key, Objects[bucket + key].Length)));
    }

    /// <param name="next">The continuation token, when there is more.</param>
    public static FakeReply Listing(IEnumerable<(string Key, int Size)> objects, string? next = null) => FakeReply.Xml(200,
        $"<ListBucketResult><Name>bucket</Name><MaxKeys>1000</MaxKeys><IsTruncated>{(next is null ? "false" : "true")}</IsTruncated>" +
        (next is null ? "" : $"<NextContinuationToken>{next}</NextContinuationToken>") +
        string.Concat(objects.Select(o => $"<Contents><Key>{o.Key}</Key><LastModified>2026-01-01T00:00:00.000Z</LastModified><Size>{o.Size}</Size></Contents>")) +
        "</ListBucketResult>");
}
