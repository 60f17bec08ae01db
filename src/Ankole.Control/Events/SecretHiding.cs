using System.Text.RegularExpressions;
using Ankole.Backup;

namespace Ankole.Control;

/// <summary>
/// Takes secrets out of texts that people will read and that came from elsewhere, such as a server's answer: the values of Secrets, and what URLs and
/// headers carry.
/// </summary>
/// <param name="store">With the values of Secrets in clear.</param>
internal sealed partial class SecretHiding(IResourceStore store)
{
    private const string Hidden = "(hidden)";

    /// <summary>Shorter values are words that occur by chance.</summary>
    private const int ShortestValue = 6;

    /// <summary>Where a target is and how it is talked to: what errors must be able to name, and everybody may read.</summary>
    private static readonly HashSet<string> Public =
    [
        CredentialKey.AwsRegion, CredentialKey.AwsEndpoints, CredentialKey.AwsCert, CredentialKey.AwsIamRoleArn, CredentialKey.VirtualHostedStyle, CredentialKey.AwsSignAcceptEncoding,
        CredentialKey.HttpProxy, CredentialKey.HttpsProxy, CredentialKey.NoProxy, CredentialKey.CifsUsername,
        CredentialKey.AzblobAccountName, CredentialKey.AzblobEndpoint, CredentialKey.AzblobCert,
    ];

    /// <summary>Every value that was seen: one that was changed since is still no text to be shown.</summary>
    private readonly HashSet<string> values = [];

    /// <summary>Not to be called twice at the same time.</summary>
    public async ValueTask<string> HideAsync(string text, CancellationToken cancellationToken)
    {
        await foreach (var secret in store.ListAsync(Kinds.Secret, null, cancellationToken))
            foreach (var (key, value) in TargetConnection.Decode(secret))
                if (!Public.Contains(key) && value.Trim().Length >= ShortestValue)
                    values.Add(value.Trim());
        foreach (var value in values.Where(value => text.Contains(value, StringComparison.Ordinal)).OrderByDescending(value => value.Length))
            text = text.Replace(value, Hidden, StringComparison.Ordinal);
        text = PasswordInUrl().Replace(text, Hidden);
        text = SecretField().Replace(text, "$1" + Hidden);
        return Authorization().Replace(text, "$1 " + Hidden);
    }

    [GeneratedRegex(@"(?<=://[^\s/@:]*:)[^\s/@]+(?=@)")]
    private static partial Regex PasswordInUrl();

    [GeneratedRegex(@"\b((?:X-Amz-Signature|X-Amz-Security-Token|X-Amz-Credential|AccountKey|SharedAccessSignature|sig|password)=)[^\s&;,""']+", RegexOptions.IgnoreCase)]
    private static partial Regex SecretField();

    [GeneratedRegex(@"\b(Bearer|Basic)\s+[A-Za-z0-9._~+/=-]{8,}")]
    private static partial Regex Authorization();
}
