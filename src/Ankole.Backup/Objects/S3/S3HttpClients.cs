using Amazon.Runtime;

namespace Ankole.Backup;

/// <summary>Gives the SDK the HTTP client of a store.</summary>
internal sealed class S3HttpClients(S3Settings settings, ObjectStoreOptions options) : HttpClientFactory
{
    public override HttpClient CreateHttpClient(IClientConfig clientConfig) => StoreHttp.CreateClient(settings.Trust, settings.Proxy, options);

    /// <summary>No cache beyond the SDK client: two targets never share a connection.</summary>
    public override string? GetConfigUniqueString(IClientConfig clientConfig) => null;
}
