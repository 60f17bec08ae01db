using System.Security.Cryptography;
using System.Text;
using Ankole.Backup;
using Ankole.Core;

namespace Ankole.Control;

/// <summary>A target's URL with the credentials that its Secret holds now.</summary>
/// <param name="Fingerprint">Changes with the URL and with every credential; says nothing about them.</param>
internal sealed record TargetConnection(TargetUrl Url, TargetCredentials Credentials, string Fingerprint)
{
    /// <exception cref="AnkoleException">The target has no URL, the URL is wrong, or the Secret is missing.</exception>
    public static async ValueTask<TargetConnection> ReadAsync(IResourceStore store, BackupTargetResource target, CancellationToken cancellationToken)
    {
        if (target.Spec.BackupTargetUrl.Length == 0)
            throw new InvalidInputException($"backup target URL is empty: set spec.backupTargetURL of backup target '{target.Name}' (or the setting backup-target).");
        var url = TargetUrl.Parse(target.Spec.BackupTargetUrl);
        var values = target.Spec.CredentialSecret.Length == 0
            ? []
            : Decode(await FindSecretAsync(store, target.Spec.CredentialSecret, cancellationToken) ?? throw new AnkoleException(
                ErrorKind.NotFound,
                $"backup target '{target.Name}' names the secret '{target.Spec.CredentialSecret}', which is in none of the namespaces " +
                $"{string.Join(", ", SystemNames.CredentialNamespaces)}. Create it there."));
        var text = new StringBuilder(url.ToString());
        foreach (var (key, value) in values.OrderBy(pair => pair.Key, StringComparer.Ordinal))
            text.Append('\n').Append(key).Append('=').Append(value);
        var fingerprint = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));
        return new TargetConnection(url, TargetCredentials.FromSecret(values), fingerprint);
    }

    public static async ValueTask<SecretResource?> FindSecretAsync(IResourceStore store, string name, CancellationToken cancellationToken)
    {
        foreach (var @namespace in SystemNames.CredentialNamespaces)
            if (await store.GetAsync(Kinds.Secret, @namespace, name, cancellationToken) is { } secret)
                return secret;
        return null;
    }

    /// <summary>A value that is no base64 counts as missing: the store refuses such secrets.</summary>
    public static Dictionary<string, string> Decode(SecretResource secret)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (key, base64) in secret.Data)
        {
            var bytes = new byte[base64.Length];
            if (Convert.TryFromBase64String(base64, bytes, out var length))
                values[key] = Encoding.UTF8.GetString(bytes, 0, length);
        }
        foreach (var (key, value) in secret.StringData ?? new Dictionary<string, string>())
            values[key] = value;
        return values;
    }
}
