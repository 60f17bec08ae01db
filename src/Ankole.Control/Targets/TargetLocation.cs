using Ankole.Backup;
using Ankole.Core;

namespace Ankole.Control;

/// <summary>
/// When two URLs mean the same place: s3 and azblob by the whole URL without regard to case, nfs and cifs by server and path, directories by path;
/// a slash at the end makes no difference.
/// </summary>
internal static class TargetLocation
{
    public static string Of(TargetUrl url) => url switch
    {
        NfsTargetUrl nfs => $"nfs://{nfs.Server}{nfs.Path}".ToLowerInvariant().TrimEnd('/'),
        CifsTargetUrl cifs => $"cifs://{cifs.Server}{cifs.Path}".ToLowerInvariant().TrimEnd('/'),
        DirectoryTargetUrl directory => "file://" + directory.Path.TrimEnd('/'),
        _ => url.ToString().ToLowerInvariant().TrimEnd('/'),
    };

    public static string? TryOf(string text)
    {
        try
        {
            return Of(TargetUrl.Parse(text));
        }
        catch (InvalidInputException)
        {
            return null;
        }
    }

    /// <summary>The target whose URL means the same place; null when there is none.</summary>
    public static async ValueTask<BackupTargetResource?> FindTargetAsync(IResourceStore store, TargetUrl url, CancellationToken cancellationToken)
    {
        var wanted = Of(url);
        await foreach (var target in store.ListAsync(Kinds.BackupTarget, null, cancellationToken))
            if (TryOf(target.Spec.BackupTargetUrl) == wanted)
                return target;
        return null;
    }
}
