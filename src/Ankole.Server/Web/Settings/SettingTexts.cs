namespace Ankole.Server.Web.Settings;

internal static class SettingTexts
{
    /// <summary>The setting's name as a person reads it: <c>backup-target</c> is "Backup target".</summary>
    public static string Name(string name)
    {
        var words = name.Replace('-', ' ').Replace(" ttl", " time to live", StringComparison.Ordinal);
        return char.ToUpperInvariant(words[0]) + words[1..];
    }
}
