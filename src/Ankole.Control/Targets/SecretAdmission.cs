namespace Ankole.Control;

/// <summary>Credentials that a target uses stay usable: a line break at the end of a key is told when it is stored, and never shown.</summary>
public sealed class SecretAdmission : KindAdmission<SecretResource>
{
    private const int MaxKeyLength = 253;

    public override ResourceKind Kind => Kinds.Secret;

    protected override async ValueTask<SecretResource> AdmitAsync(
        SecretResource secret, SecretResource? old, List<FieldError> errors, IResourceStore store, CancellationToken cancellationToken)
    {
        CheckValues(secret, errors);
        if (!SystemNames.CredentialNamespaces.Contains(secret.Metadata.Namespace))
            return secret;
        await foreach (var target in store.ListAsync(Kinds.BackupTarget, null, cancellationToken))
            if (target.Spec.CredentialSecret == secret.Name && TargetRules.CheckUrl(target.Spec.BackupTargetUrl, "data", []) is { } url)
                TargetRules.CheckCredentials(url, secret, "data", errors);
        return secret;
    }

    /// <summary>As Kubernetes checks them: keys are file names, values are base64. No message holds a value.</summary>
    private static void CheckValues(SecretResource secret, List<FieldError> errors)
    {
        foreach (var (key, value) in secret.Data)
        {
            Check(
                key.Length is > 0 and <= MaxKeyLength && key.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_' or '.'),
                "data", key, $"'{key}' is no key: use letters, digits, '-', '_' and '.'.", errors);
            Check(
                Convert.TryFromBase64String(value, new byte[value.Length], out _), $"data[{key}]", null,
                "the value is no base64: encode it, or write it as it is under stringData.", errors);
        }
    }
}
