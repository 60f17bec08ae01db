using Ankole.Core;
using Azure;

namespace Ankole.Backup;

/// <summary>Turns what the service, the network or the SDK says into why a request failed and what a person can do about it.</summary>
/// <remarks>The SDK's own messages list headers and are never shown.</remarks>
internal sealed class AzureBlobFailures(AzureBlobSettings settings)
{
    private readonly TransportFailures transport = new(
        settings.Account, settings.Proxy, settings.HasOwnEndpoint, CredentialKey.AzblobEndpoint, CredentialKey.AzblobCert, NameNotFound(settings));

    private string Host => settings.Account.Authority;

    public RequestFailure Explain(Exception error, string action)
    {
        if (TransportFailures.Find<RequestFailedException>(error) is { Status: not 0 } answer)
            return ExplainAnswer(answer.Status, answer.ErrorCode, answer.Message, action) with { IsAnswer = true };
        return transport.Explain(error) ?? RequestFailure.Final(ErrorKind.Failed, TransportFailures.OneLine(error.Message));
    }

    /// <summary>The service, not the request, is at fault; or too much was asked at once.</summary>
    public static bool IsTransient(int status, string? code) =>
        status is 500 or 502 or 503 or 504 or 408 or 429 || code is "ServerBusy" or "InternalError" or "OperationTimedOut";

    /// <param name="message">The SDK's; looked into, not shown.</param>
    public RequestFailure ExplainAnswer(int status, string? errorCode, string message, string action)
    {
        var code = string.IsNullOrEmpty(errorCode) ? $"HTTP {status}" : errorCode;
        if (code is "ServerBusy" || status is 503 or 429)
            return RequestFailure.Transient($"the server asks for fewer requests ({code})") with { IsSlowDown = true };
        if (IsTransient(status, errorCode))
            return RequestFailure.Transient($"the server failed ({code})");
        return RequestFailure.Final(status >= 400 && code is "InvalidUri" or "InvalidResourceName" ? ErrorKind.InvalidInput : ErrorKind.Unavailable, code switch
        {
            "BlobNotFound" => "the object has disappeared",
            "ContainerNotFound" => $"there is no container '{settings.Container}' in account '{settings.AccountName}' at {Host}: create it, or correct the URL",
            "ContainerBeingDeleted" or "ContainerDisabled" => $"the container '{settings.Container}' is being deleted or is disabled ({code})",
            "AuthenticationFailed" when IsAboutTime(message) =>
                "the clocks of this machine and of the server differ too much (AuthenticationFailed): set this machine's clock right, for instance by NTP",
            "AuthenticationFailed" or "InvalidAuthenticationInfo" =>
                $"the server finds the signature wrong ({code}): check {CredentialKey.AzblobAccountKey}, that it belongs to account '{settings.AccountName}', and this machine's clock",
            "AuthorizationFailure" =>
                $"the server refused it (AuthorizationFailure): check {CredentialKey.AzblobAccountKey}, and that the storage account's network rules let this machine in",
            "KeyBasedAuthenticationNotPermitted" => "the storage account does not allow its keys to be used (KeyBasedAuthenticationNotPermitted): allow storage account key access there",
            "AccountIsDisabled" => $"the storage account '{settings.AccountName}' is disabled (AccountIsDisabled)",
            "AccountNotFound" or "ResourceNotFound" => $"{Host} does not know the account or the container ({code}): check {CredentialKey.AzblobAccountName} and the URL",
            "BlobImmutableDueToPolicy" => "an immutability policy or a legal hold keeps the object as it is (BlobImmutableDueToPolicy): backups can be deleted only after that",
            "SnapshotsPresent" => "somebody has made snapshots of the object (SnapshotsPresent): delete those first",
            "LeaseIdMissing" => "somebody holds a lease on the object (LeaseIdMissing): break it",
            "BlobArchived" or "BlobBeingRehydrated" =>
                $"the object was moved to the archive tier ({code}): bring it back to the hot or cool tier, and keep lifecycle rules away from this path",
            "InvalidUri" or "InvalidResourceName" => $"the server does not accept the name of the container or the object ({code})",
            "InsufficientAccountPermissions" or "AuthorizationPermissionMismatch" or "AccountDoesNotSupportHttp" => $"the storage account does not allow to {action} here ({code})",
            _ => status switch
            {
                401 or 403 => $"the server refused it ({code}): check {CredentialKey.AzblobAccountName} and {CredentialKey.AzblobAccountKey}",
                404 => $"{Host} answers 404 but not in Azure's words: check that {CredentialKey.AzblobEndpoint} is the blob service and not a web page",
                405 => $"{Host} does not let anybody {action} here ({code}): the endpoint is no blob service",
                507 => $"the store is full ({code}): free space and run it again",
                >= 300 and < 400 => $"{Host} sends this request elsewhere ({code}): check {CredentialKey.AzblobEndpoint} and its scheme",
                _ => $"the server answers {code}",
            },
        });
    }

    private static bool IsAboutTime(string message) =>
        message.Contains("Request date header", StringComparison.OrdinalIgnoreCase) || message.Contains("too old", StringComparison.OrdinalIgnoreCase);

    private static string NameNotFound(AzureBlobSettings settings) => settings.HasOwnEndpoint
        ? $"the name {settings.Account.Host} cannot be resolved: check {CredentialKey.AzblobEndpoint} and this machine's DNS"
        : $"the name {settings.Account.Host} cannot be resolved: check {CredentialKey.AzblobAccountName}, the suffix in the URL and this machine's DNS";
}
