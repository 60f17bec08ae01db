namespace Ankole.Server;

/// <summary>What a request's path names: <c>/apis/GROUP/VERSION[/namespaces/NAMESPACE]/PLURAL[/NAME[/SUBRESOURCE]]</c>, or <c>/api/v1/…</c> for core kinds.</summary>
/// <param name="Plural">Null: the group's own list of kinds.</param>
internal sealed record ApiPath(string ApiVersion, string? Namespace, string? Plural, string? Name, string? Subresource)
{
    /// <summary>Null when the path has another form.</summary>
    public static ApiPath? Parse(string path)
    {
        var parts = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        return parts switch
        {
            ["api", var version, .. var rest] => Parse(version, rest),
            ["apis", var group, var version, .. var rest] => Parse($"{group}/{version}", rest),
            _ => null,
        };
    }

    private static ApiPath? Parse(string apiVersion, ReadOnlySpan<string> rest)
    {
        string? @namespace = null;
        // /namespaces/NAME without more is the namespace itself.
        if (rest is ["namespaces", var scope, _, ..])
        {
            @namespace = scope;
            rest = rest[2..];
        }
        return rest.Length > 3 ? null : new ApiPath(
            apiVersion, @namespace, rest.Length > 0 ? rest[0] : null, rest.Length > 1 ? rest[1] : null, rest.Length > 2 ? rest[2] : null);
    }
}
