using System.Security.Cryptography.X509Certificates;
using Ankole.Core;

namespace Ankole.Backup;

/// <summary>What a target's URL and its credentials together say about a container in Azure Blob Storage.</summary>
/// <param name="KeyPrefix">In front of every key: empty, or ending with a slash.</param>
/// <param name="Account">The account's blob service, without a slash at the end: <c>https://NAME.blob.SUFFIX</c>, or <c>ENDPOINT/NAME</c>.</param>
/// <param name="HasOwnEndpoint"><c>AZBLOB_ENDPOINT</c> was given.</param>
/// <param name="Trust">Certificates trusted beside the system's.</param>
internal sealed record AzureBlobSettings(
    string DisplayName,
    string Container,
    string KeyPrefix,
    string AccountName,
    Uri Account,
    bool HasOwnEndpoint,
    X509Certificate2Collection Trust,
    ProxySelection? Proxy,
    TargetCredentials Credentials)
{
    public Uri ContainerUri => new($"{Account.AbsoluteUri.TrimEnd('/')}/{Container}");

    /// <exception cref="InvalidInputException">Something that is needed is missing.</exception>
    public static AzureBlobSettings From(AzureBlobTargetUrl target, TargetCredentials credentials)
    {
        credentials.Check(target);
        var name = credentials[CredentialKey.AzblobAccountName] ?? throw new InvalidInputException(
            $"{target} needs the keys of a storage account: set {CredentialKey.AzblobAccountName} and {CredentialKey.AzblobAccountKey}.");
        var endpoint = credentials[CredentialKey.AzblobEndpoint];
        var account = endpoint is null ? $"https://{name}.blob.{target.EndpointSuffix}" : $"{endpoint.TrimEnd('/')}/{name}";
        return new AzureBlobSettings(
            target.ToString(), target.Container, target.KeyPrefix, name, new Uri(account), endpoint is not null,
            credentials[CredentialKey.AzblobCert] is { } pem ? PemCertificates.Parse(CredentialKey.AzblobCert, pem) : [],
            ProxySelection.From(credentials), credentials);
    }
}
