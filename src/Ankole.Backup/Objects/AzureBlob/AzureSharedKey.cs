using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Ankole.Backup;

/// <summary>Signs the requests that the SDK has no call for: batches, and the deletions in them (Azure Storage, "Authorize with Shared Key").</summary>
internal sealed class AzureSharedKey(string account, string key)
{
    private readonly byte[] secret = Convert.FromBase64String(key);

    /// <summary>The value of the <c>Authorization</c> header.</summary>
    /// <param name="path">As in the request, encoded.</param>
    /// <param name="query">Names in lower case and values, not encoded.</param>
    /// <param name="contentLength">0 is signed as nothing at all.</param>
    /// <param name="headers">Those whose names begin with <c>x-ms-</c>, in lower case.</param>
    public string Authorize(
        string method, string path, IEnumerable<(string Name, string Value)> query, long contentLength, string contentType,
        IEnumerable<(string Name, string Value)> headers)
    {
        var text = new StringBuilder(256).Append(method).Append("\n\n\n");
        if (contentLength > 0)
            text.Append(contentLength.ToString(CultureInfo.InvariantCulture));
        // Content-MD5, then Content-Type; then Date, four conditions and Range, which these requests do not have.
        text.Append("\n\n").Append(contentType).Append("\n\n\n\n\n\n\n");
        foreach (var (name, value) in headers.OrderBy(header => header.Name, StringComparer.Ordinal))
            text.Append(name).Append(':').Append(value).Append('\n');
        text.Append('/').Append(account).Append(path);
        foreach (var (name, value) in query.OrderBy(part => part.Name, StringComparer.Ordinal))
            text.Append('\n').Append(name).Append(':').Append(value);
        var signature = HMACSHA256.HashData(secret, Encoding.UTF8.GetBytes(text.ToString()));
        return $"SharedKey {account}:{Convert.ToBase64String(signature)}";
    }
}
