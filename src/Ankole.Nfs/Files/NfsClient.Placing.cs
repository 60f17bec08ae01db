using Ankole.Core;

namespace Ankole.Nfs;

/// <summary>
/// Step 5 of writing: giving a finished file its name. A server that was restarted in the middle may have done it although its answer was
/// lost; whether the name now means our file is then asked for by file id.
/// </summary>
public sealed partial class NfsClient
{
    private async ValueTask RenameIntoPlaceAsync(NfsPath path, TemporaryFile file, CancellationToken cancellationToken)
    {
        using var reply = await link.ExecuteAsync(
            Request(cacheReply: true).PutFh(file.Directory).SaveFh().Rename(file.Name, path.Name).PutFh(file.Handle).Commit(), cancellationToken);
        if (reply.Status == NfsStatus.NoEnt && await IsSameFileAsync(path, file, cancellationToken))
        {
            await CommitAsync(path, file.Handle, cancellationToken);
            return;
        }
        Check(reply, "write", path.Text, NfsOperation.Rename);
    }

    /// <summary>Links the final name and takes the temporary one away.</summary>
    private async ValueTask<NfsStatus> LinkIntoPlaceAsync(NfsPath path, TemporaryFile file, CancellationToken cancellationToken)
    {
        using var reply = await link.ExecuteAsync(
            Request(cacheReply: true).PutFh(file.Handle).SaveFh().PutFh(file.Directory).Link(path.Name).PutFh(file.Handle).Commit()
                .PutFh(file.Directory).Remove(file.Name),
            cancellationToken);
        const int operationsUpToLink = 5, operationsUpToCommit = 7;
        if (reply.Status == NfsStatus.Ok || reply.Count <= operationsUpToLink)
            return reply.Status;
        if (reply.Count <= operationsUpToCommit)
            Check(reply, "create", path.Text, NfsOperation.Commit);
        RemoveLater(file.Directory, file.Name);
        return NfsStatus.Ok;
    }

    /// <summary>True when the final name means the file that was written here.</summary>
    private async ValueTask<bool> IsSameFileAsync(NfsPath path, TemporaryFile file, CancellationToken cancellationToken)
    {
        using var reply = await link.ExecuteAsync(
            Request(cacheReply: false).PutFh(file.Directory).Lookup(path.Name).GetAttr(AttributeSet.FileId), cancellationToken);
        if (reply.Status == NfsStatus.NoEnt)
            return false;
        Check(reply, "look at", path.Text, NfsOperation.Lookup);
        return AttributesAfterWalk(reply).FileId == file.FileId;
    }

    /// <summary>True when the file that exists is this one: an earlier sending of the same request linked it, and its answer was lost.</summary>
    private async ValueTask<bool> HasWonBeforeAsync(NfsPath path, TemporaryFile file, CancellationToken cancellationToken)
    {
        if (!await IsSameFileAsync(path, file, cancellationToken))
            return false;
        await CommitAsync(path, file.Handle, cancellationToken);
        return true;
    }

    private async ValueTask CommitAsync(NfsPath path, FileHandle handle, CancellationToken cancellationToken)
    {
        using var reply = await link.ExecuteAsync(Request(cacheReply: false).PutFh(handle).Commit(), cancellationToken);
        Check(reply, "write", path.Text, NfsOperation.Commit);
    }

    /// <summary>
    /// For servers without links: creates the file under its final name, by EXCLUSIVE4_1. Exactly one racer creates it, but readers may see
    /// it before it is whole.
    /// </summary>
    private async ValueTask<bool> CreateExclusivelyAsync(NfsPath path, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        var (verifier, owner) = (RandomVerifier(), NextOwner());
        TemporaryFile file;
        StateId state;
        using (var reply = await RunInParentAsync(path, (start, names) =>
            Request(cacheReply: true).PutFh(start).Lookup(names.Span).GetFh()
                .OpenExclusively(owner, path.Name, verifier, new FileAttributesToSet(Mode: options.FileMode)).GetFh().GetAttr(AttributeSet.FileId),
            cancellationToken))
        {
            if (reply.Status == NfsStatus.Exist)
                return false;
            Check(reply, "create", path.Text, NfsOperation.Open);
            (file, state) = ReadOpen(reply, path.Name);
        }
        try
        {
            // A server may keep the verifier in the file's attributes until they are set (RFC 8881, section 18.16.3).
            var attributes = new FileAttributesToSet(Mode: options.FileMode, TimeModify: options.TimeProvider.GetUtcNow());
            using (var reply = await link.ExecuteAsync(Request(cacheReply: true).PutFh(file.Handle).SetAttr(state, attributes), cancellationToken))
                Check(reply, "create", path.Text, NfsOperation.SetAttr);
            if (!await WriteAndCommitAsync(file.Handle, state, path, content, cancellationToken))
                throw new NfsException(
                    ErrorKind.Unavailable, $"NFS server {options.Address} was restarted while '{path}' was being created; it was taken back. Run this again.", isTransient: true);
            return true;
        }
        catch
        {
            CloseAndRemoveLater(file, state);
            throw;
        }
    }
}
