using System.Text.RegularExpressions;

namespace Ankole.Core;

/// <summary>
/// Names of volumes, backups and snapshots: a letter or digit, then at least one of letters, digits, <c>_ . -</c>
/// (Longhorn backupstore format, section 18).
/// </summary>
public static partial class ObjectName
{
    /// <summary>So that every file name made of a name fits into 255 bytes on any file system.</summary>
    public const int MaxLength = 200;

    public static bool IsValid(string? name) => name is not null && name.Length <= MaxLength && Pattern().IsMatch(name);

    /// <param name="what">"volume", "backup", "snapshot": how the error calls it.</param>
    /// <exception cref="InvalidInputException">The name is not allowed.</exception>
    public static string Check(string what, string? name) => IsValid(name)
        ? name!
        : throw new InvalidInputException(
            $"invalid {what} name '{name}': use 2 to {MaxLength} letters, digits, '_', '.' or '-', beginning with a letter or digit.");

    /// <summary>A prefix and 16 hex digits from a random version-4 UUID, as <c>backup-1a2b3c4d5e6f4081</c>.</summary>
    public static string Generate(string prefix) => prefix + Guid.NewGuid().ToString("N")[..16];

    [GeneratedRegex(@"\A[a-zA-Z0-9][a-zA-Z0-9_.-]+\z")]
    private static partial Regex Pattern();
}
