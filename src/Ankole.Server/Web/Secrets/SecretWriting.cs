using System.Text;
using Ankole.Control;

namespace Ankole.Server.Web.Secrets;

/// <summary>Secrets go in and do not come out: values that are not written anew stay as they are.</summary>
internal static class SecretWriting
{
    /// <summary>Makes a Secret, or changes the given values of an existing one.</summary>
    /// <param name="removed">Values to take out.</param>
    /// <returns>Its name.</returns>
    public static async Task<string> SaveAsync(IResourceStore store, string name, Dictionary<string, string> values, IReadOnlyCollection<string>? removed = null, string? @namespace = null)
    {
        var key = new ResourceKey(Kinds.Secret, @namespace ?? SystemNames.Namespace, name);
        var encoded = values.ToDictionary(value => value.Key, value => Convert.ToBase64String(Encoding.UTF8.GetBytes(value.Value)));
        var changed = await store.ChangeAsync<SecretResource>(key, status: false, current =>
        {
            var data = new Dictionary<string, string>(current.Data);
            foreach (var (field, value) in encoded)
                data[field] = value;
            foreach (var field in removed ?? [])
                data.Remove(field);
            return current with { Data = data };
        }, CancellationToken.None);
        if (changed is null)
            await store.CreateAsync(new SecretResource { Metadata = new ObjectMeta { Name = name, Namespace = key.Namespace }, Data = encoded }, CancellationToken.None);
        return name;
    }
}
