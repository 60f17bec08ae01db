using System.Buffers.Binary;
using System.Security.Cryptography;
using Ankole.Core;

namespace Ankole.Nfs;

/// <summary>
/// How a file comes to be, whole or not at all:
/// <list type="number">
/// <item>OPEN a temporary name beside it, which must be new.</item>
/// <item>WRITE its bytes UNSTABLE, several requests at a time.</item>
/// <item>COMMIT, and compare its verifier with that of every WRITE. A difference means that the server was restarted and may have lost
/// bytes (RFC 8881, section 18.32.3): begin again. So does lost open state.</item>
/// <item>CLOSE.</item>
/// <item>RENAME over the final name, or LINK to it where it must not exist yet; then COMMIT the file once more, which makes servers on
/// a journalling file system write the name down too. Only then is it reported as written.</item>
/// </list>
/// A file that fits into one WRITE takes one request for steps 1 to 4 and one for step 5.
/// </summary>
public sealed partial class NfsClient
{
    private const int MaxWriteRounds = 5;

    private long openOwners = BitConverter.ToInt64(RandomNumberGenerator.GetBytes(8));
    private volatile bool currentStateIdWorks = true;

    /// <summary>Creates or replaces the file. Readers see the old bytes or the new ones; when it returns, the new ones are durable.</summary>
    /// <exception cref="NfsException">It could not be done; the file is as it was before, unless the message says that the outcome is not known.</exception>
    public async ValueTask WriteFileAsync(string path, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        var parsed = NfsPath.ParseFile(path);
        var temporary = await WriteTemporaryAsync(parsed, content, cancellationToken);
        try
        {
            await RenameIntoPlaceAsync(parsed, temporary, cancellationToken);
        }
        catch
        {
            RemoveLater(temporary.Directory, temporary.Name);
            throw;
        }
    }

    /// <summary>Creates the file unless one exists. Of several racers exactly one creates it.</summary>
    /// <returns>True: this call created it, and it is durable.</returns>
    public async ValueTask<bool> CreateFileAsync(string path, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        var parsed = NfsPath.ParseFile(path);
        if (fileSystem.LinkSupport is false)
            return await CreateExclusivelyAsync(parsed, content, cancellationToken);
        var temporary = await WriteTemporaryAsync(parsed, content, cancellationToken);
        var isLeft = true;
        try
        {
            var status = await LinkIntoPlaceAsync(parsed, temporary, cancellationToken);
            isLeft = status is not NfsStatus.Ok;
            return status switch
            {
                NfsStatus.Ok => true,
                NfsStatus.Exist => await HasWonBeforeAsync(parsed, temporary, cancellationToken),
                NfsStatus.NotSupp => await CreateExclusivelyAsync(parsed, content, cancellationToken),
                _ => throw NfsErrors.Refused(options, "create", parsed.Text, NfsOperation.Link, status),
            };
        }
        finally
        {
            if (isLeft)
                RemoveLater(temporary.Directory, temporary.Name);
        }
    }

    /// <summary>Steps 1 to 4, begun again when the server lost something on the way.</summary>
    private async ValueTask<TemporaryFile> WriteTemporaryAsync(NfsPath path, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        for (var rounds = 1; ; rounds++)
        {
            var name = TemporaryName(path.Name);
            try
            {
                var written = currentStateIdWorks && content.Length <= MaxWriteBytes
                    ? await WriteInOneRequestAsync(path, name, content, cancellationToken)
                    : await WriteInManyRequestsAsync(path, name, content, cancellationToken);
                if (written is not null)
                    return written;
                if (rounds >= MaxWriteRounds)
                    throw new NfsException(
                        ErrorKind.Unavailable,
                        $"NFS server {options.Address} lost the unstable writes of '{path}' {rounds} times in a row: it keeps being restarted. Run this again when it is steady.",
                        isTransient: true);
            }
            catch (NfsException e) when (NfsErrors.LostState(e.Status) && rounds < MaxWriteRounds)
            {
                Log.WritingAgain(logger, path.Text);
            }
        }
    }

    /// <summary>OPEN, WRITE, COMMIT and CLOSE in one COMPOUND, by way of the current state id (RFC 8881, section 16.2.3.1.2).</summary>
    /// <returns>Null: begin again.</returns>
    private async ValueTask<TemporaryFile?> WriteInOneRequestAsync(
        NfsPath path, string name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        using var reply = await RunInParentAsync(path, (start, names) =>
            Request(cacheReply: true, content.Length + 1024).PutFh(start).Lookup(names.Span).GetFh()
                .OpenCreating(NextOwner(), name, guarded: true, NewFile)
                .GetFh().GetAttr(AttributeSet.FileId)
                .Write(StateId.Current, 0, StableHow.Unstable, content.Span).Commit().Close(StateId.Current), cancellationToken);
        var outcome = ReadWriteInOne(reply, name);
        if (outcome.File is { } left && (reply.Status != NfsStatus.Ok || !outcome.IsSafe))
            CloseAndRemoveLater(left, outcome.State);
        if (reply.Status is NfsStatus.Exist)
            return null; // the name is taken, perhaps by this very request's earlier sending
        if (NfsErrors.LostState(reply.Status))
            currentStateIdWorks = false;
        Check(reply, "write", path.Text, outcome.File is null ? NfsOperation.Open : NfsOperation.Write);
        if (outcome.Count < content.Length)
            return await WriteInManyRequestsAsync(path, TemporaryName(path.Name), content, cancellationToken);
        if (!outcome.IsSafe)
            Log.WritingAgain(logger, path.Text);
        return outcome.IsSafe ? outcome.File : null;
    }

    /// <summary>What the combined request has done, as far as it went.</summary>
    private static (TemporaryFile? File, StateId State, long Count, bool IsSafe) ReadWriteInOne(CompoundReply reply, string name)
    {
        const int operationsBeforeWalk = 2;
        if (reply.Count <= operationsBeforeWalk)
            return default;
        var reader = reply.Results;
        reader.Sequence();
        reader.Plain(NfsOperation.PutFh);
        reader.WalkUpToFailure(reply);
        if (reader.IsAtFailure(reply))
            return default;
        var directory = reader.GetFh();
        if (reader.IsAtFailure(reply))
            return default;
        var state = reader.Open();
        if (reader.IsAtFailure(reply))
            return default;
        var handle = reader.GetFh();
        if (reader.IsAtFailure(reply))
            return default;
        var file = new TemporaryFile(directory, name, handle, reader.GetAttr().FileId ?? 0);
        if (reader.IsAtFailure(reply))
            return (file, state, 0, false);
        var written = reader.Write();
        if (reader.IsAtFailure(reply))
            return (file, state, written.Count, false);
        var verifier = reader.Commit();
        return (file, state, written.Count, written.Stable != StableHow.Unstable || written.Verifier == verifier);
    }

    /// <returns>Null: begin again.</returns>
    private async ValueTask<TemporaryFile?> WriteInManyRequestsAsync(
        NfsPath path, string name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        TemporaryFile file;
        StateId state;
        using (var reply = await RunInParentAsync(path, (start, names) =>
            Request(cacheReply: true).PutFh(start).Lookup(names.Span).GetFh()
                .OpenCreating(NextOwner(), name, guarded: true, NewFile).GetFh().GetAttr(AttributeSet.FileId), cancellationToken))
        {
            if (reply.Status is NfsStatus.Exist)
                return null;
            Check(reply, "write", path.Text, NfsOperation.Open);
            (file, state) = ReadOpen(reply, name);
        }
        try
        {
            if (await WriteAndCommitAsync(file.Handle, state, path, content, cancellationToken))
                return file;
            Log.WritingAgain(logger, path.Text);
            RemoveLater(file.Directory, name);
            return null;
        }
        catch
        {
            CloseAndRemoveLater(file, state);
            throw;
        }
    }

    private static (TemporaryFile File, StateId State) ReadOpen(CompoundReply reply, string name)
    {
        var reader = ReaderAfterWalk(reply);
        var directory = reader.GetFh();
        var state = reader.Open();
        var handle = reader.GetFh();
        return (new TemporaryFile(directory, name, handle, reader.GetAttr().FileId ?? 0), state);
    }

    /// <summary>Steps 2 to 4. The state is closed when it returns.</summary>
    /// <returns>False: the server lost bytes on the way.</returns>
    private async ValueTask<bool> WriteAndCommitAsync(
        FileHandle handle, StateId state, NfsPath path, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        var verifiers = new WriteVerifiers();
        var step = MaxWriteBytes;
        var pieces = (content.Length + step - 1) / step;
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = link.MaxInFlight, CancellationToken = cancellationToken };
        await Parallel.ForAsync(0, pieces, parallel, async (piece, token) =>
        {
            var begin = piece * step;
            await WritePieceAsync(handle, state, path, begin, content.Slice(begin, Math.Min(step, content.Length - begin)), verifiers, token);
        });
        using var reply = await link.ExecuteAsync(Request(cacheReply: true).PutFh(handle).Commit().Close(state), cancellationToken);
        Check(reply, "write", path.Text, NfsOperation.Commit);
        return verifiers.AllMatch(CommitVerifier(reply));
    }

    private async ValueTask WritePieceAsync(
        FileHandle handle, StateId state, NfsPath path, long offset, ReadOnlyMemory<byte> data, WriteVerifiers verifiers, CancellationToken cancellationToken)
    {
        while (!data.IsEmpty)
        {
            using var reply = await link.ExecuteAsync(
                Request(cacheReply: false, data.Length + 512).PutFh(handle).Write(state, offset, StableHow.Unstable, data.Span), cancellationToken);
            Check(reply, "write", path.Text, NfsOperation.Write);
            var written = Written(reply);
            if (written.Count == 0 || written.Count > data.Length)
                throw new NfsProtocolException($"NFS server {options.Address} wrote {written.Count} of {data.Length} bytes of '{path}'");
            verifiers.Note(written);
            offset += written.Count;
            data = data[(int)written.Count..];
        }
    }

    private static WriteResult Written(CompoundReply reply)
    {
        var reader = ReaderAfterWalk(reply);
        return reader.Write();
    }

    private static ulong CommitVerifier(CompoundReply reply)
    {
        var reader = ReaderAfterWalk(reply);
        return reader.Commit();
    }

    /// <summary>Runs a request at the file's directory, and makes that directory first where it does not exist.</summary>
    private async ValueTask<CompoundReply> RunInParentAsync(
        NfsPath path, Func<FileHandle, ReadOnlyMemory<string>, CompoundRequest> build, CancellationToken cancellationToken)
    {
        var reply = await RunAsync(path.Parent, build, cancellationToken);
        if (reply.Status != NfsStatus.NoEnt)
            return reply;
        reply.Dispose();
        if (path.Parent.IsEmpty)
            await OpenExportAsync(cancellationToken); // the export's own directory was replaced
        else
            await MakeDirectoriesAsync(path.Text, path.Parent, cancellationToken);
        return await RunAsync(path.Parent, build, cancellationToken);
    }

    private FileAttributesToSet NewFile => new(Size: 0, Mode: options.FileMode);

    private ulong NextOwner() => (ulong)Interlocked.Increment(ref openOwners);

    /// <summary>As Longhorn names them: <c>NAME.tmp.UNIXNANOSECONDS</c>.</summary>
    private string TemporaryName(string name)
    {
        var nanoseconds = ((options.TimeProvider.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks * 100) + RandomNumberGenerator.GetInt32(1_000_000);
        return $"{name}.tmp.{nanoseconds}";
    }

    private static ulong RandomVerifier()
    {
        Span<byte> bytes = stackalloc byte[8];
        RandomNumberGenerator.Fill(bytes);
        return BinaryPrimitives.ReadUInt64BigEndian(bytes);
    }
}
