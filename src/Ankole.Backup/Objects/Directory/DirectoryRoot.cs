using Ankole.Core;
using Ankole.Files;

namespace Ankole.Backup;

/// <summary>
/// The target's own directory, which must stay the same one: where its file system is unmounted, the name is still there, or can be made again, and whatever
/// was written then would land on the disk below and be missing from the store.
/// </summary>
/// <param name="store">What errors call the store.</param>
/// <param name="mayCreate">Whether a new store's directory is made.</param>
internal sealed class DirectoryRoot(string path, string store, MountTable mounts, bool mayCreate)
{
    /// <summary>The directory that was met first. Boxed, so that it is set and read at once.</summary>
    private volatile object? met;

    public string Path => path;

    public bool IsThere => Directory.Exists(path);

    /// <summary>Where the file system is mounted on which the directory lies, or will.</summary>
    public string MountPoint => mounts.FindMounted(path);

    /// <exception cref="ObjectStoreException">It is not there, or not the one that it was.</exception>
    public void Require()
    {
        if (Look() is not { } facts)
            throw new ObjectStoreException(ErrorKind.NotFound, $"backup target '{store}': directory '{path}' does not exist. Is it mounted?");
        if (met is FileIdentity first)
        {
            if (facts.Identity != first)
                throw Replaced();
            return;
        }
        RequireMounts();
        met = facts.Identity;
    }

    /// <summary>As <see cref="Require"/>, but a new store's directory is made, if its parent exists: a whole missing path is a mistake or a missing mount.</summary>
    public void RequireOrCreate()
    {
        CheckUsable();
        if (IsThere)
            return;
        DurableDirectory.Create(path);
        Require();
    }

    /// <summary>That the directory is the one that it was, or may be made.</summary>
    /// <exception cref="ObjectStoreException">Neither.</exception>
    public void CheckUsable()
    {
        // Read before the look: a store that another thread makes in between is new, not replaced.
        var before = met;
        if (IsThere)
        {
            Require();
            return;
        }
        if (before is not null)
            throw Replaced();
        if (File.Exists(path))
            throw new ObjectStoreException(ErrorKind.Refused, $"backup target '{store}': '{path}' is not a directory. Give the path of a directory.");
        if (!mayCreate)
            throw new ObjectStoreException(ErrorKind.NotFound,
                $"backup target '{store}': directory '{path}' does not exist. Is it mounted? Make it if it is meant to be new: mkdir -p '{path}'");
        if (System.IO.Path.GetDirectoryName(path) is { } parent && !Directory.Exists(parent))
            throw new ObjectStoreException(ErrorKind.NotFound,
                $"backup target '{store}': neither '{path}' nor '{parent}' exists. Is it mounted? Make the directory first if it is meant to be new.");
        RequireMounts();
    }

    private FileFacts? Look()
    {
        try
        {
            return FileFacts.TryGet(path, followLink: true);
        }
        catch (FileOperationException e)
        {
            throw new ObjectStoreException(ErrorKind.Unavailable, $"backup target '{store}': {e.Message}", isTransient: false, e);
        }
    }

    private void RequireMounts()
    {
        if (mounts.FindMissing(path) is { } missing)
            throw new ObjectStoreException(ErrorKind.Unavailable,
                $"backup target '{store}': '{missing}' is a mount point in /etc/fstab and nothing is mounted there. Mount it (mount {missing}), and run this again.");
    }

    private ObjectStoreException Replaced() => new(ErrorKind.Unavailable,
        $"backup target '{store}': '{path}' is no longer the directory that it was: its file system was unmounted, or it was replaced. " +
        "Nothing more is written there. See that it is mounted, and run this again.");
}
