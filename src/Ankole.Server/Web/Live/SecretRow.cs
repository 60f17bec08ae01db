using Ankole.Control;
namespace Ankole.Server.Web.Live;

/// <summary>What may be shown of a Secret: that it is there, and the names of its values.</summary>
public sealed record SecretRow(string Namespace, string Name, string Type, IReadOnlyList<string> Keys, DateTimeOffset? CreatedAt)
{
    public static SecretRow Of(Resource resource)
    {
        var secret = (SecretResource)resource;
        return new SecretRow(
            secret.Metadata.Namespace ?? SystemNames.Namespace, secret.Name, secret.Type, [.. secret.Data.Keys.Order(StringComparer.Ordinal)], secret.Metadata.CreationTimestamp);
    }
}
