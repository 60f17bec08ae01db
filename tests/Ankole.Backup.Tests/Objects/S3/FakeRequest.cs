namespace Ankole.Backup.Tests;

/// <summary>A request as it came over the wire.</summary>
public sealed record FakeRequest(string Method, string Target, IReadOnlyDictionary<string, string> Headers, byte[] Body)
{
    public string Path => Uri.UnescapeDataString(Target.Split('?')[0]);

    public bool IsBatchDelete => Method == "POST" && Query.ContainsKey("delete");

    public bool IsListing => Method == "GET" && Query.ContainsKey("list-type");

    /// <summary>Values still percent-encoded.</summary>
    public IReadOnlyDictionary<string, string> Query => (Target.Split('?', 2) is [_, var query] ? query : "")
        .Split('&', StringSplitOptions.RemoveEmptyEntries)
        .Select(pair => pair.Split('=', 2))
        .ToDictionary(pair => pair[0], pair => pair.Length > 1 ? pair[1] : "");
}
