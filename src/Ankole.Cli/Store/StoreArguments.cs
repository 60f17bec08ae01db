using System.CommandLine;
using Ankole.Backup;
using Ankole.Core;

namespace Ankole.Cli.Store;

/// <summary>Arguments and options that several store commands share.</summary>
internal static class StoreArguments
{
    public static Argument<string> Target() => new("TARGET")
    {
        Description = "Where the backupstore is: file:///DIR, vfs:///DIR, s3://BUCKET@REGION/PATH/, nfs://SERVER:/PATH or azblob://CONTAINER/PATH. Credentials come from the environment.",
    };

    public static Argument<string> Url(string description) => new("URL") { Description = description };

    public static Option<string?> LimitRate() => new("--limit-rate")
    {
        Description = "At most this many bytes per second to and from the store, as 20Mi.", HelpName = "SIZE",
    };

    public static Option<bool> DryRun() => new("--dry-run") { Description = "Change nothing; say exactly what would go." };

    /// <exception cref="InvalidInputException">The URL names no backup.</exception>
    public static (TargetUrl Target, string Volume, string Backup) BackupOf(string url)
    {
        var parsed = BackupUrl.Parse(url);
        return parsed.Backup is { } backup
            ? (parsed.Target, parsed.Volume!, backup)
            : throw new InvalidInputException($"'{url}' names no backup: add backup=NAME, as {parsed.Target}?backup=NAME&volume={parsed.Volume}.");
    }
}
