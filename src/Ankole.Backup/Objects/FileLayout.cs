using System.Text.RegularExpressions;

namespace Ankole.Backup;

/// <summary>What every store of files has in common, as Longhorn's vfs, nfs and cifs drivers lay it out (backupstore format, section 2.1).</summary>
internal static partial class FileLayout
{
    /// <summary>Removing an empty directory stops below this name.</summary>
    public const string LastKeptFolder = "backupstore";

    public const int MaxParentsRemoved = 10;

    /// <summary>A temporary file that nobody has written to for so long belongs to nobody: writing one takes seconds.</summary>
    public static readonly TimeSpan LeftoverAge = TimeSpan.FromHours(1);

    /// <summary>Longhorn's and our own unfinished files: <c>NAME.tmp.DIGITS</c>.</summary>
    public static bool IsTemporary(string key) => TemporaryName().IsMatch(key);

    [GeneratedRegex(@"\.tmp\.[0-9]+\z")]
    private static partial Regex TemporaryName();
}
