using Ankole.Core;

namespace Ankole.Nfs;

/// <summary>Directories, and names taken away.</summary>
public sealed partial class NfsClient
{
    /// <summary>Within what the least generous servers take in one request, and their answers within what they keep for a repetition.</summary>
    private const int MaxCreatesPerRequest = 8;

    /// <summary>Makes the directory and every one above it that does not exist.</summary>
    /// <exception cref="NfsException">A part of the path is no directory, or may not be made.</exception>
    public ValueTask MakeDirectoriesAsync(string path, CancellationToken cancellationToken)
    {
        var parsed = NfsPath.Parse(path);
        return MakeDirectoriesAsync(parsed.Text, parsed.Names, cancellationToken);
    }

    /// <summary>Removes a file.</summary>
    /// <returns>False: there was certainly none.</returns>
    /// <exception cref="NfsException">It is a directory, or may not be removed.</exception>
    public ValueTask<bool> RemoveFileAsync(string path, CancellationToken cancellationToken) => RemoveAsync(path, NfsFileType.Regular, cancellationToken);

    /// <summary>Removes an empty directory.</summary>
    /// <returns>False: there was certainly none.</returns>
    /// <exception cref="NfsException">It is not empty (<see cref="NfsStatus.NotEmpty"/>), no directory, or may not be removed.</exception>
    public ValueTask<bool> RemoveDirectoryAsync(string path, CancellationToken cancellationToken) => RemoveAsync(path, NfsFileType.Directory, cancellationToken);

    /// <summary>Gives a file or directory another name, in place of a file that has it.</summary>
    public async ValueTask RenameAsync(string from, string to, CancellationToken cancellationToken)
    {
        var (source, target) = (NfsPath.ParseFile(from), NfsPath.ParseFile(to));
        var targetDirectory = await DirectoryAsync(target, cancellationToken);
        using var reply = await RunAsync(
            source.Parent,
            (start, names) => Request(cacheReply: true).PutFh(start).Lookup(names.Span).SaveFh().PutFh(targetDirectory).Rename(source.Name, target.Name),
            cancellationToken);
        if (reply is { Status: NfsStatus.NoEnt, MayBeRepetition: true } && await StatAsync(to, cancellationToken) is not null)
            return;
        Check(reply, "rename", source.Text, NfsOperation.Rename);
    }

    private async ValueTask<FileHandle> DirectoryAsync(NfsPath path, CancellationToken cancellationToken)
    {
        using var reply = await RunAsync(
            path.Parent, (start, names) => Request(cacheReply: false).PutFh(start).Lookup(names.Span).GetFh(), cancellationToken);
        Check(reply, "reach the directory of", path.Text, NfsOperation.Lookup);
        return HandleAfterWalk(reply);
    }

    private async ValueTask<bool> RemoveAsync(string path, NfsFileType type, CancellationToken cancellationToken)
    {
        var parsed = NfsPath.ParseFile(path);
        using var reply = await RunAsync(
            parsed.Parent,
            (start, names) => Request(cacheReply: true).PutFh(start).Lookup(names.Span).SaveFh().Lookup(parsed.Name).VerifyType(type)
                .RestoreFh().Remove(parsed.Name),
            cancellationToken);
        switch (reply.Status)
        {
            case NfsStatus.NoEnt or NfsStatus.NotDir:
                return reply.MayBeRepetition;
            case NfsStatus.NotSame:
                throw NfsErrors.Refused(
                    options, "remove", parsed.Text, NfsOperation.Remove, type == NfsFileType.Directory ? NfsStatus.NotDir : NfsStatus.IsDir);
            default:
                Check(reply, "remove", parsed.Text, NfsOperation.Remove);
                return true;
        }
    }

    /// <summary>About 60 ms in all, pauses doubling from 1 ms.</summary>
    private const int BelieveAfter = 6;

    /// <summary>Finds out how far the path exists, then makes the rest in one request: CREATE goes on in what it made (RFC 8881, section 18.4).</summary>
    private async ValueTask MakeDirectoriesAsync(string path, ReadOnlyMemory<string> names, CancellationToken cancellationToken)
    {
        // Others may make, or remove, the same directories meanwhile: each round sees what there is now.
        for (var rounds = 0; rounds <= names.Length + 8; rounds++)
        {
            var existing = await WalkAsFarAsPossibleAsync(path, names, cancellationToken);
            if (existing == names.Length)
                return;
            var missing = names[existing..];
            missing = missing[..Math.Min(missing.Length, MaxCreatesPerRequest)];
            using var reply = await RunAsync(names[..existing], (start, walk) => Creating(start, walk, missing), cancellationToken);
            // Ganesha answers ROFS or STALE, too, for a directory that was removed under the request: believed when it is said again and again.
            if (reply.Status is NfsStatus.RoFs or NfsStatus.Stale && rounds < BelieveAfter)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(1 << rounds), options.TimeProvider, cancellationToken);
                continue;
            }
            if (reply.Status is not (NfsStatus.Ok or NfsStatus.Exist or NfsStatus.NoEnt))
                throw NfsErrors.Refused(options, "make the directory", path, NfsOperation.Create, reply.Status);
            if (reply.Status == NfsStatus.NoEnt)
                await OpenExportAsync(cancellationToken); // perhaps the export's own directory was replaced
        }
        throw new NfsException(
            ErrorKind.Unavailable, $"NFS server {options.Address}: the directory '{path}' is removed as fast as it is made; run this again.", NfsStatus.NoEnt, isTransient: true);
    }

    private CompoundRequest Creating(FileHandle start, ReadOnlyMemory<string> walk, ReadOnlyMemory<string> missing)
    {
        var request = Request(cacheReply: true).PutFh(start).Lookup(walk.Span);
        foreach (var name in missing.Span)
            request.CreateDirectory(name, new FileAttributesToSet(Mode: options.DirectoryMode));
        return request;
    }

    /// <returns>How many of the names exist; fewer than all only with NFS4ERR_NOENT.</returns>
    private async ValueTask<int> WalkAsFarAsPossibleAsync(
        string path, ReadOnlyMemory<string> names, CancellationToken cancellationToken)
    {
        const int operationsBeforeWalk = 2;
        var done = 0;
        var start = root;
        while (true)
        {
            var step = names.Slice(done, Math.Min(names.Length - done, Math.Max(1, link.MaxOperations - 4)));
            using var reply = await link.ExecuteAsync(
                Request(cacheReply: false).PutFh(start).Lookup(step.Span).GetFh().GetAttr(AttributeSet.Type), cancellationToken);
            if (reply.Status == NfsStatus.NoEnt)
                return done + Math.Max(0, reply.Count - operationsBeforeWalk - 1);
            Check(reply, "make the directory", path, NfsOperation.Lookup);
            done += step.Length;
            start = HandleAndType(reply, out var type);
            if (done < names.Length)
                continue;
            if (type is { } known and not NfsFileType.Directory)
                throw NfsErrors.Refused(options, "make the directory", path, NfsOperation.Create, known == NfsFileType.Symlink ? NfsStatus.Symlink : NfsStatus.NotDir);
            return done;
        }
    }

    private static FileHandle HandleAndType(CompoundReply reply, out NfsFileType? type)
    {
        var reader = ReaderAfterWalk(reply);
        var handle = reader.GetFh();
        type = reader.GetAttr().Type;
        return handle;
    }
}
