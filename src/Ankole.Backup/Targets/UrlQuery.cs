namespace Ankole.Backup;

/// <summary>The <c>KEY=VALUE&amp;…</c> part of a URL. A key may occur several times; the order of its values is kept.</summary>
internal static class UrlQuery
{
    public static List<KeyValuePair<string, string>> Parse(string query)
    {
        var pairs = new List<KeyValuePair<string, string>>();
        foreach (var part in query.Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var equals = part.IndexOf('=', StringComparison.Ordinal);
            var key = equals < 0 ? part : part[..equals];
            var value = equals < 0 ? "" : part[(equals + 1)..];
            pairs.Add(new(PercentEncoding.Decode(key, plusIsBlank: true), PercentEncoding.Decode(value, plusIsBlank: true)));
        }
        return pairs;
    }

    /// <summary>Keys sorted by byte value, values percent-encoded (section 17).</summary>
    public static string Write(IEnumerable<KeyValuePair<string, string>> pairs) => string.Join(
        '&',
        pairs.OrderBy(pair => pair.Key, StringComparer.Ordinal)
            .Select(pair => $"{PercentEncoding.EncodeForQuery(pair.Key)}={PercentEncoding.EncodeForQuery(pair.Value)}"));
}
