using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Ankole.Core;

namespace Ankole.Control;

/// <summary>Requests to an API server that follows the Kubernetes conventions. Every failure is one clear sentence.</summary>
public sealed class ApiClient : IDisposable
{
    /// <summary>How long opening a connection may take: a host that is not there answers nothing at all.</summary>
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(10);

    private readonly HttpClient http;

    /// <exception cref="InvalidInputException">The authority file is missing or holds no certificate.</exception>
    public ApiClient(ApiAccess server)
    {
        Server = server;
        var handler = new SocketsHttpHandler { ConnectTimeout = ConnectTimeout, UseProxy = false, AllowAutoRedirect = false };
        if (server.AuthorityFile is { } file)
            handler.SslOptions = new SslClientAuthenticationOptions { CertificateChainPolicy = Trusting(file) };
        // A watch lasts for minutes, so each other request carries its own deadline.
        http = new HttpClient(handler) { BaseAddress = new Uri(server + "/"), Timeout = Timeout.InfiniteTimeSpan };
        if (server.Token is { } token)
            http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
    }

    public ApiAccess Server { get; }

    /// <summary>What the server says beside an answer (Warning headers); called from any thread.</summary>
    public Action<string>? OnWarning { get; set; }

    public void Dispose() => http.Dispose();

    /// <summary>The answer's bytes.</summary>
    /// <param name="path">Relative to the server's address, with its query.</param>
    /// <param name="body">Null: none.</param>
    /// <exception cref="RemoteApiException">The server answered with an error.</exception>
    /// <exception cref="AnkoleException">The server cannot be reached, or did not answer in time.</exception>
    public async Task<byte[]> SendAsync(HttpMethod method, string path, byte[]? body, string contentType, CancellationToken cancellationToken)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(Server.RequestTimeout);
        try
        {
            using var response = await StartAsync(method, path, body, contentType, deadline.Token);
            return await response.Content.ReadAsByteArrayAsync(deadline.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new AnkoleException(
                ErrorKind.Unavailable, $"{method} {http.BaseAddress}{path} was not answered within {Server.RequestTimeout.TotalSeconds:0} s. Look at the server's log; trying again may help.");
        }
        catch (HttpRequestException e)
        {
            throw Unreachable(e);
        }
    }

    public Task<byte[]> SendAsync(HttpMethod method, string path, byte[]? body, CancellationToken cancellationToken) =>
        SendAsync(method, path, body, "application/json", cancellationToken);

    /// <summary>Names of resources of a kind, for callers that cannot await (completion in a shell).</summary>
    /// <exception cref="AnkoleException">The server cannot be reached, refused, or did not answer in time.</exception>
    public IReadOnlyList<string> NamesOf(ResourceKind kind, int limit)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, ResourcePath.Of(kind, null) + ResourcePath.Query([("limit", limit.ToString())]));
        using var deadline = new CancellationTokenSource(Server.RequestTimeout);
        try
        {
            using var response = http.Send(request, HttpCompletionOption.ResponseContentRead, deadline.Token);
            if (!response.IsSuccessStatusCode)
                return [];
            using var document = JsonDocument.Parse(response.Content.ReadAsStream(deadline.Token));
            return document.RootElement.TryGetProperty("items", out var items)
                ? [.. items.EnumerateArray().Select(item => item.GetProperty("metadata").GetProperty("name").GetString()!)]
                : [];
        }
        catch (Exception e) when (e is OperationCanceledException or HttpRequestException or JsonException)
        {
            throw new AnkoleException(ErrorKind.Unavailable, $"{Server} did not list its {kind.Plural}: {e.Message}", e);
        }
    }

    /// <summary>The answer as it arrives, for a watch; the caller disposes it.</summary>
    /// <exception cref="RemoteApiException">The server answered with an error.</exception>
    /// <exception cref="AnkoleException">The server cannot be reached.</exception>
    public async Task<HttpResponseMessage> OpenAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            return await StartAsync(HttpMethod.Get, path, null, "", cancellationToken);
        }
        catch (HttpRequestException e)
        {
            throw Unreachable(e);
        }
    }

    private async Task<HttpResponseMessage> StartAsync(HttpMethod method, string path, byte[]? body, string contentType, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(method, path);
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        if (body is not null)
            request.Content = new ByteArrayContent(body) { Headers = { ContentType = new MediaTypeHeaderValue(contentType) } };
        var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        if (OnWarning is { } warn && response.Headers.TryGetValues("Warning", out var warnings))
            foreach (var warning in warnings)
                warn(WarningText(warning));
        if (response.IsSuccessStatusCode)
            return response;
        using (response)
            throw ApiStatus.ToException(
                (int)response.StatusCode, await response.Content.ReadAsByteArrayAsync(cancellationToken), $"{method} {http.BaseAddress}{path}");
    }

    private AnkoleException Unreachable(HttpRequestException error) => new(ErrorKind.Unavailable, error.HttpRequestError switch
    {
        HttpRequestError.ConnectionError when error.InnerException is System.Net.Sockets.SocketException { SocketErrorCode: System.Net.Sockets.SocketError.ConnectionRefused } =>
            $"nothing listens at {Server}.{Sentence(Server.StartHint)}",
        HttpRequestError.NameResolutionError => $"the host of {Server} is not known: check the address.",
        HttpRequestError.SecureConnectionError =>
            $"{Server} is not trusted: {Innermost(error).TrimEnd('.')}. If its certificate is signed by an authority of your own, name the authority's PEM file.",
        _ => $"{Server} cannot be reached: {Innermost(error).TrimEnd('.')}.{Sentence(Server.StartHint)}",
    }, error);

    private static string Sentence(string text) => text.Length == 0 ? "" : " " + text;

    private static string Innermost(Exception error) => error.InnerException is { } inner ? Innermost(inner) : error.Message;

    /// <summary>Of <c>299 - "text"</c> the text (RFC 7234, section 5.5).</summary>
    private static string WarningText(string header)
    {
        var begin = header.IndexOf('"', StringComparison.Ordinal);
        var end = header.LastIndexOf('"');
        return end > begin ? header[(begin + 1)..end].Replace("\\\"", "\"", StringComparison.Ordinal) : header;
    }

    private static X509ChainPolicy Trusting(string file)
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        try
        {
            policy.CustomTrustStore.ImportFromPemFile(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw new InvalidInputException($"certificate authorities cannot be read from '{file}': {e.Message}", e);
        }
        return policy.CustomTrustStore.Count > 0 ? policy : throw new InvalidInputException($"'{file}' holds no certificate: give a PEM file of the authority.");
    }
}
