namespace Ankole.Control;

/// <summary>Where resources are in a Kubernetes API: <c>/apis/GROUP/VERSION[/namespaces/NS]/PLURAL[/NAME][/status]</c>.</summary>
public static class ResourcePath
{
    /// <param name="namespace">Null: of all namespaces, or of a kind that has none.</param>
    public static string Of(string apiVersion, string plural, string? @namespace, string? name = null, string? subresource = null)
    {
        var root = apiVersion.Contains('/', StringComparison.Ordinal) ? "apis/" : "api/";
        var scope = @namespace is null ? "" : $"namespaces/{Uri.EscapeDataString(@namespace)}/";
        return $"{root}{apiVersion}/{scope}{plural}{(name is null ? "" : "/" + Uri.EscapeDataString(name))}{(subresource is null ? "" : "/" + subresource)}";
    }

    public static string Of(ResourceKind kind, string? @namespace) => Of(kind.ApiVersion, kind.Plural, kind.IsNamespaced ? @namespace : null);

    public static string Of(ResourceKey key, string? subresource = null) =>
        Of(key.Kind.ApiVersion, key.Kind.Plural, key.Kind.IsNamespaced ? key.Namespace ?? SystemNames.Namespace : null, key.Name, subresource);

    /// <summary>The query string of a list or a watch, with its question mark; empty when there is nothing to say.</summary>
    public static string Query(params IEnumerable<(string Name, string? Value)> parameters)
    {
        var given = parameters.Where(parameter => !string.IsNullOrEmpty(parameter.Value)).Select(parameter => $"{parameter.Name}={Uri.EscapeDataString(parameter.Value!)}");
        var query = string.Join('&', given);
        return query.Length == 0 ? "" : "?" + query;
    }

    /// <summary>A query's selectors as parameters.</summary>
    public static IEnumerable<(string Name, string? Value)> Selectors(ResourceQuery query) =>
    [
        ("labelSelector", query.Labels?.ToString()),
        ("fieldSelector", string.Join(',', query.Fields.Select(field => $"{field.Path}{(field.Equal ? "=" : "!=")}{Escape(field.Value)}"))),
    ];

    /// <summary>In a field selector a comma, an equals sign and a backslash of a value stand behind a backslash.</summary>
    private static string Escape(string value) =>
        value.Replace("\\", @"\\", StringComparison.Ordinal).Replace(",", @"\,", StringComparison.Ordinal).Replace("=", @"\=", StringComparison.Ordinal);
}
