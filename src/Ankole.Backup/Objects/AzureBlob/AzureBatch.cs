using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using Azure;

namespace Ankole.Backup;

/// <summary>Many deletions in one request (Azure Storage, "Blob Batch"): a multipart body of small HTTP requests, each signed for itself.</summary>
internal sealed class AzureBatch(AzureBlobSettings settings, AzureSharedKey key, HttpClient http, TimeProvider time)
{
    /// <summary>What the service takes in one batch.</summary>
    public const int MaxDeletes = 256;

    private const string Version = "2021-12-02";

    private readonly string containerPath = settings.ContainerUri.AbsolutePath;

    /// <summary>Sends one batch.</summary>
    /// <returns>For each blob that the answer speaks of, by its place in <paramref name="names"/>: the status, and the service's code where it gives one.</returns>
    /// <exception cref="RequestFailedException">The batch as a whole was refused.</exception>
    public async ValueTask<IReadOnlyDictionary<int, (int Status, string? Code)>> DeleteAsync(IReadOnlyList<string> names, CancellationToken cancellationToken)
    {
        var date = time.GetUtcNow().ToString("R", CultureInfo.InvariantCulture);
        var boundary = $"batch_{Guid.NewGuid()}";
        var body = Encoding.UTF8.GetBytes(Write(names, boundary, date));
        var contentType = $"multipart/mixed; boundary={boundary}";
        using var request = new HttpRequestMessage(HttpMethod.Post, $"{settings.ContainerUri}?restype=container&comp=batch")
        {
            Content = new ByteArrayContent(body) { Headers = { ContentType = MediaTypeHeaderValue.Parse(contentType) } },
        };
        request.Headers.Add("x-ms-date", date);
        request.Headers.Add("x-ms-version", Version);
        request.Headers.TryAddWithoutValidation("Authorization", key.Authorize(
            "POST", containerPath, [("comp", "batch"), ("restype", "container")], body.Length, request.Content.Headers.ContentType!.ToString(),
            [("x-ms-date", date), ("x-ms-version", Version)]));
        using var answer = await http.SendAsync(request, cancellationToken);
        var text = await answer.Content.ReadAsStringAsync(cancellationToken);
        if (!answer.IsSuccessStatusCode)
            throw Refused((int)answer.StatusCode, answer.Headers.TryGetValues("x-ms-error-code", out var codes) ? codes.First() : null);
        return Read(text, names.Count);
    }

    private string Write(IReadOnlyList<string> names, string boundary, string date)
    {
        var text = new StringBuilder(names.Count * 400);
        for (var i = 0; i < names.Count; i++)
        {
            var path = $"{containerPath}/{string.Join('/', names[i].Split('/').Select(Uri.EscapeDataString))}";
            var authorization = key.Authorize("DELETE", path, [], 0, "", [("x-ms-date", date)]);
            text.Append(CultureInfo.InvariantCulture, $"--{boundary}\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\nContent-ID: {i}\r\n\r\n")
                .Append(CultureInfo.InvariantCulture, $"DELETE {path} HTTP/1.1\r\nx-ms-date: {date}\r\nAuthorization: {authorization}\r\nContent-Length: 0\r\n\r\n");
        }
        return text.Append(CultureInfo.InvariantCulture, $"--{boundary}--\r\n").ToString();
    }

    /// <summary>Reads what there is of parts; a part without a Content-ID speaks of the batch as a whole.</summary>
    internal static Dictionary<int, (int Status, string? Code)> Read(string text, int count)
    {
        const string idHeader = "Content-ID:", statusLine = "HTTP/1.1 ", codeHeader = "x-ms-error-code:";
        var answers = new Dictionary<int, (int Status, string? Code)>();
        var (id, status, code) = (-1, 0, default(string));
        foreach (var raw in text.Split('\n').Append("--"))
        {
            var line = raw.Trim();
            if (line.StartsWith("--", StringComparison.Ordinal))
            {
                if (status != 0 && (id < 0 || id >= count))
                    throw Refused(status, code);
                if (status != 0)
                    answers[id] = (status, code);
                (id, status, code) = (-1, 0, null);
            }
            else if (line.StartsWith(idHeader, StringComparison.OrdinalIgnoreCase))
                id = int.TryParse(line.AsSpan(idHeader.Length), NumberStyles.AllowLeadingWhite, CultureInfo.InvariantCulture, out var number) ? number : -1;
            else if (line.StartsWith(statusLine, StringComparison.Ordinal) && status == 0)
                _ = int.TryParse(line.AsSpan(statusLine.Length, Math.Min(3, line.Length - statusLine.Length)), NumberStyles.None, CultureInfo.InvariantCulture, out status);
            else if (line.StartsWith(codeHeader, StringComparison.OrdinalIgnoreCase))
                code = line[codeHeader.Length..].Trim();
        }
        return answers;
    }

    private static RequestFailedException Refused(int status, string? code) => new(status, "the batch was refused", code, innerException: null);
}
