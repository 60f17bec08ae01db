namespace Ankole.Control;

/// <summary>Values that hold now. A stored value that its definition no longer allows counts as the default.</summary>
public static class SettingReader
{
    public static async ValueTask<string> ReadAsync(this IResourceStore store, SettingDefinition setting, CancellationToken cancellationToken)
    {
        var stored = await store.GetAsync(Kinds.Setting, setting.Name, cancellationToken);
        return stored is not null && setting.Check(stored.Value) is null ? stored.Value : setting.Default;
    }

    public static async ValueTask<bool> ReadBooleanAsync(this IResourceStore store, SettingDefinition setting, CancellationToken cancellationToken) =>
        await store.ReadAsync(setting, cancellationToken) == "true";

    public static async ValueTask<long> ReadIntegerAsync(this IResourceStore store, SettingDefinition setting, CancellationToken cancellationToken) =>
        long.Parse(await store.ReadAsync(setting, cancellationToken));
}
