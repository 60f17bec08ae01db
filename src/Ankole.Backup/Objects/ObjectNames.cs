namespace Ankole.Backup;

/// <summary>Names in stores that have no directories.</summary>
internal static class ObjectNames
{
    /// <summary>A folder's marker made by a console, or a hidden or temporary name: nothing of the format.</summary>
    /// <param name="name">What follows the prefix of a listing.</param>
    public static bool IsForeign(string name) =>
        name.Length == 0 || name.EndsWith('/') || name[0] == '.' || name.Contains("/.", StringComparison.Ordinal);
}
