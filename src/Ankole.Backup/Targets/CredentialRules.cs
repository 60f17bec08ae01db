using System.Security.Cryptography;

namespace Ankole.Backup;

/// <summary>What must hold for credentials before anything is sent with them. Each problem is one sentence part that names the key and the fix.</summary>
internal static class CredentialRules
{
    public static List<string> ProblemsFor(TargetUrl target, TargetCredentials credentials)
    {
        var problems = new List<string>();
        switch (target)
        {
            case S3TargetUrl:
                CheckEnds(CredentialKey.S3, credentials, problems);
                CheckPair(credentials, problems, CredentialKey.AwsAccessKeyId, "s3 credential access key not found",
                    CredentialKey.AwsSecretAccessKey, "s3 credential secret access key not found");
                CheckEndpoint(credentials, problems, CredentialKey.AwsEndpoints);
                CheckCertificates(credentials, problems, CredentialKey.AwsCert);
                CheckSwitches(credentials, problems);
                CheckProxies(credentials, problems);
                break;
            case AzureBlobTargetUrl:
                CheckEnds(CredentialKey.AzureBlob, credentials, problems);
                CheckPair(credentials, problems, CredentialKey.AzblobAccountName, "azure Blob Storage credential account name not found",
                    CredentialKey.AzblobAccountKey, "azure Blob Storage credential account key not found");
                CheckAccountKey(credentials, problems);
                CheckEndpoint(credentials, problems, CredentialKey.AzblobEndpoint);
                CheckCertificates(credentials, problems, CredentialKey.AzblobCert);
                CheckProxies(credentials, problems);
                break;
            case CifsTargetUrl:
                CheckEnds(CredentialKey.Cifs, credentials, problems);
                break;
        }
        return problems;
    }

    /// <summary>Longhorn's manager refuses them too: a line break in a key makes a signature that no server accepts.</summary>
    private static void CheckEnds(string[] keys, TargetCredentials credentials, List<string> problems)
    {
        foreach (var key in keys)
        {
            if (credentials[key] is not { } value || CredentialKey.MayEndWithLineBreak(key) || value == value.Trim())
                continue;
            problems.Add(value.TrimEnd('\r', '\n') != value
                ? $"{key} ends with a line break (make it with 'echo -n', which adds none)"
                : $"{key} begins or ends with a blank or a line break (remove it; make it with 'echo -n', which adds none)");
        }
    }

    private static void CheckPair(
        TargetCredentials credentials, List<string> problems, string first, string firstMissing, string second, string secondMissing)
    {
        if (credentials[first] is null && credentials[second] is not null)
            problems.Add($"{firstMissing} (set {first} beside {second}, or neither)");
        if (credentials[first] is not null && credentials[second] is null)
            problems.Add($"{secondMissing} (set {second} beside {first}, or neither)");
    }

    private static void CheckAccountKey(TargetCredentials credentials, List<string> problems)
    {
        if (credentials[CredentialKey.AzblobAccountKey]?.Trim() is { } key && !Convert.TryFromBase64String(key, new byte[key.Length], out _))
            problems.Add($"{CredentialKey.AzblobAccountKey} is not Base64, as account keys are (copy the whole key, with the '=' at its end)");
        if (credentials[CredentialKey.AzblobAccountName]?.Trim() is { } name && !name.All(char.IsAsciiLetterOrDigit))
            problems.Add($"{CredentialKey.AzblobAccountName} is no account name, which has letters and digits only (the server's address is {CredentialKey.AzblobEndpoint})");
    }

    private static void CheckEndpoint(TargetCredentials credentials, List<string> problems, string key)
    {
        if (credentials[key]?.Trim() is not { } value)
            return;
        if (!value.StartsWith("http://", StringComparison.OrdinalIgnoreCase) && !value.StartsWith("https://", StringComparison.OrdinalIgnoreCase))
            problems.Add($"{key} must begin with http:// or https://, as https://minio.example.com:9000 does");
        else if (!Uri.TryCreate(value, UriKind.Absolute, out var uri) || uri.Host.Length == 0)
            problems.Add($"{key} is no URL (write it as https://minio.example.com:9000)");
        else if (uri.UserInfo.Length > 0 || uri.Query.Length > 0 || uri.Fragment.Length > 0)
            problems.Add($"{key} may hold nothing but scheme, host, port and path (keys have their own entries)");
    }

    private static void CheckCertificates(TargetCredentials credentials, List<string> problems, string key)
    {
        if (credentials[key] is not { } pem)
            return;
        try
        {
            foreach (var certificate in PemCertificates.Parse(key, pem))
                certificate.Dispose();
        }
        catch (CryptographicException e)
        {
            problems.Add(e.Message);
        }
    }

    private static void CheckSwitches(TargetCredentials credentials, List<string> problems)
    {
        if (credentials[CredentialKey.VirtualHostedStyle] is not (null or "true" or "false"))
            problems.Add($"{CredentialKey.VirtualHostedStyle} must be exactly true or false (leave it out to let {CredentialKey.AwsEndpoints} decide)");
        if (credentials[CredentialKey.AwsSignAcceptEncoding] is { } text && !IsBoolean(text))
            problems.Add($"{CredentialKey.AwsSignAcceptEncoding} must be true or false");
    }

    /// <summary>The spellings that Longhorn's reader of booleans takes.</summary>
    private static bool IsBoolean(string text) =>
        text is "1" or "t" or "T" or "true" or "TRUE" or "True" or "0" or "f" or "F" or "false" or "FALSE" or "False";

    private static void CheckProxies(TargetCredentials credentials, List<string> problems)
    {
        foreach (var key in (string[])[CredentialKey.HttpProxy, CredentialKey.HttpsProxy])
            if (credentials[key] is { } value && !ProxySelection.TryParseProxy(value, out _))
                problems.Add($"{key} is no proxy address (write it as http://proxy.example.com:3128)");
    }
}
