using System.Runtime.CompilerServices;
using Ankole.Core;

namespace Ankole.Nfs;

/// <summary>
/// Reading needs no open: READ with the anonymous state id is checked against the file's permissions at each request (RFC 8881, section 8.2.3),
/// so a small file is one request, and nothing has to be closed or recovered.
/// </summary>
public sealed partial class NfsClient
{
    /// <summary>A file that is replaced while it is being read is read anew at most so often.</summary>
    private const int MaxReadRounds = 4;

    /// <summary>Bytes of one page of a listing: a few thousand entries.</summary>
    private const int ListPageBytes = 256 << 10;

    /// <summary>The entry, or null when there is certainly none. The empty path is the export itself.</summary>
    public async ValueTask<NfsEntry?> StatAsync(string path, CancellationToken cancellationToken)
    {
        var parsed = NfsPath.Parse(path);
        using var reply = await RunAsync(
            parsed.Names, (start, names) => Request(cacheReply: false).PutFh(start).Lookup(names.Span).GetAttr(AttributeSet.Entry), cancellationToken);
        if (reply.Status is NfsStatus.NoEnt or NfsStatus.NotDir)
            return null;
        Check(reply, "stat", parsed.Text, NfsOperation.GetAttr);
        return NfsEntry.Of(parsed.IsRoot ? "" : parsed.Name, AttributesAfterWalk(reply));
    }

    /// <summary>What the server would let this user do with the file or directory, of everything that can be asked.</summary>
    public async ValueTask<NfsAccess> GetAccessAsync(string path, CancellationToken cancellationToken)
    {
        const uint everything = 0x3f;
        var parsed = NfsPath.Parse(path);
        using var reply = await RunAsync(
            parsed.Names, (start, names) => Request(cacheReply: false).PutFh(start).Lookup(names.Span).Access(everything), cancellationToken);
        Check(reply, "ask for access to", parsed.Text, NfsOperation.Access);
        return AccessAfterWalk(reply);
    }

    /// <summary>How much room the file system under the export has.</summary>
    public async ValueTask<NfsSpace> GetSpaceAsync(CancellationToken cancellationToken)
    {
        using var reply = await RunAsync(
            ReadOnlyMemory<string>.Empty, (start, _) => Request(cacheReply: false).PutFh(start).GetAttr(AttributeSet.Space), cancellationToken);
        Check(reply, "ask for the space of", "", NfsOperation.GetAttr);
        var attributes = AttributesAfterPutFh(reply);
        return new NfsSpace(Bounded(attributes.SpaceAvail), Bounded(attributes.SpaceFree), Bounded(attributes.SpaceTotal));
    }

    /// <summary>The whole file, or null when there is certainly none. Large files are read by several requests at a time.</summary>
    /// <exception cref="NfsException">Of kind Damaged when the file is longer than <paramref name="maxBytes"/>.</exception>
    public async ValueTask<NfsFileContent?> ReadFileAsync(string path, int maxBytes, CancellationToken cancellationToken)
    {
        NfsFileContent? content = null;
        var isRead = false;
        try
        {
            var length = await ReadFileAsync(path, maxBytes, length =>
            {
                content?.Dispose();
                content = new NfsFileContent(length);
                return content.Memory;
            }, cancellationToken);
            isRead = length is not null;
            return isRead ? content : null;
        }
        finally
        {
            if (!isRead)
                content?.Dispose();
        }
    }

    /// <summary>Reads the whole file into memory of the caller's, by several requests at a time where it is large.</summary>
    /// <param name="place">Told the file's length, gives room for exactly so many bytes. Called anew when the file was replaced while it was read.</param>
    /// <returns>The length, or null when there is certainly no such file.</returns>
    /// <exception cref="NfsException">Of kind Damaged when the file is longer than <paramref name="maxBytes"/>.</exception>
    public async ValueTask<int?> ReadFileAsync(string path, int maxBytes, Func<int, Memory<byte>> place, CancellationToken cancellationToken)
    {
        var parsed = NfsPath.ParseFile(path);
        for (var rounds = 1; ; rounds++)
        {
            Memory<byte> destination = default;
            try
            {
                var first = await ReadBeginAsync(parsed, offset: 0, Math.Min(MaxReadBytes, maxBytes), length =>
                {
                    if (length > maxBytes)
                        throw new NfsException(
                            ErrorKind.Damaged, $"'{parsed}' on NFS server {options.Address} has {length} bytes; at most {maxBytes} are expected of such a file.");
                    return destination = place((int)length);
                }, cancellationToken);
                if (first is not { } begun)
                    return null;
                await ReadRangeAsync(begun.Handle, parsed, begun.Read, destination[begun.Read..], cancellationToken);
                return destination.Length;
            }
            catch (NfsException e) when (e.Status is NfsStatus.Stale or NfsStatus.FhExpired && rounds < MaxReadRounds)
            {
                continue; // replaced meanwhile: the name now means another file
            }
        }
    }

    /// <summary>Fills the buffer with the file's bytes from <paramref name="offset"/>, by several requests at a time where it is large.</summary>
    /// <returns>Bytes read: fewer than asked for only at the end of the file; null when there is certainly no such file.</returns>
    public async ValueTask<int?> ReadAsync(string path, long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        var parsed = NfsPath.ParseFile(path);
        for (var rounds = 1; ; rounds++)
        {
            var wanted = 0;
            try
            {
                var first = await ReadBeginAsync(parsed, offset, Math.Min(MaxReadBytes, destination.Length), length =>
                {
                    wanted = (int)Math.Clamp(length - offset, 0, destination.Length);
                    return destination[..wanted];
                }, cancellationToken);
                if (first is not { } begun)
                    return null;
                await ReadRangeAsync(begun.Handle, parsed, offset + begun.Read, destination[begun.Read..wanted], cancellationToken);
                return wanted;
            }
            catch (NfsException e) when (e.Status is NfsStatus.Stale or NfsStatus.FhExpired && rounds < MaxReadRounds)
            {
                continue; // replaced meanwhile: the name now means another file
            }
        }
    }

    /// <summary>The entries of a directory, in the server's order.</summary>
    /// <exception cref="NfsException">Of kind NotFound when there is no such directory. After any error, what was yielded before must not be taken for the whole.</exception>
    public async IAsyncEnumerable<NfsEntry> ListAsync(string path, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var parsed = NfsPath.Parse(path);
        FileHandle directory;
        using (var reply = await RunAsync(
            parsed.Names, (start, names) => Request(cacheReply: false).PutFh(start).Lookup(names.Span).GetFh(), cancellationToken))
        {
            Check(reply, "list", parsed.Text, NfsOperation.Lookup);
            directory = HandleAfterWalk(reply);
        }
        await foreach (var entry in ListHandleAsync(directory, parsed.Text, cancellationToken))
            yield return entry;
    }

    /// <summary>READDIR page by page (RFC 8881, section 18.23).</summary>
    private async IAsyncEnumerable<NfsEntry> ListHandleAsync(FileHandle directory, string path, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var page = new List<NfsEntry>();
        var (cookie, verifier, isLast) = (0UL, 0UL, false);
        while (!isLast)
        {
            var bytes = Math.Min(MaxReadBytes, ListPageBytes);
            using (var reply = await link.ExecuteAsync(
                Request(cacheReply: false).PutFh(directory).ReadDir(cookie, verifier, bytes, AttributeSet.Entry | AttributeSet.RdAttrError), cancellationToken))
            {
                if (reply.Status is NfsStatus.BadCookie or NfsStatus.NotSame)
                    throw new NfsException(
                        ErrorKind.Unavailable, $"the directory '{path}' on NFS server {options.Address} changed while it was being listed; list it again.", reply.Status, isTransient: true);
                Check(reply, "list", path, NfsOperation.ReadDir);
                page.Clear();
                (cookie, verifier, isLast) = ReadPage(reply, path, cookie, page);
            }
            foreach (var entry in page)
                yield return entry;
        }
    }

    private (ulong Cookie, ulong Verifier, bool IsLast) ReadPage(CompoundReply reply, string path, ulong cookie, List<NfsEntry> page)
    {
        var reader = reply.Results;
        reader.Sequence();
        reader.Plain(NfsOperation.PutFh);
        var verifier = reader.ReadDir();
        var begin = cookie;
        bool isLast;
        while (reader.NextEntry(out var next, out var name, out var attributes, out isLast))
        {
            cookie = next;
            if (name is "" or "." or ".." || name.Contains('/') || name.Contains('\0'))
                throw new NfsProtocolException($"NFS server {options.Address} lists an entry '{name}' in '{path}', which is no name");
            var status = attributes!.RdAttrError ?? NfsStatus.Ok;
            if (status == NfsStatus.NoEnt)
                continue; // removed while the page was made
            if (status != NfsStatus.Ok)
                throw NfsErrors.Refused(options, "list", $"{path}/{name}".TrimStart('/'), NfsOperation.ReadDir, status);
            page.Add(NfsEntry.Of(name, attributes));
        }
        if (!isLast && cookie == begin)
            throw new NfsProtocolException($"NFS server {options.Address} lists '{path}' without getting on: a page holds no new entry and is not the last");
        return (cookie, verifier, isLast);
    }

    /// <summary>Looks the file up, asks for its length and reads its beginning, in one request.</summary>
    /// <param name="place">Told the file's length; says where the bytes go.</param>
    private async ValueTask<(FileHandle Handle, int Read)?> ReadBeginAsync(
        NfsPath path, long offset, int count, Func<long, Memory<byte>> place, CancellationToken cancellationToken)
    {
        using var reply = await RunAsync(
            path.Names,
            (start, names) => Request(cacheReply: false).PutFh(start).Lookup(names.Span)
                .GetAttr(AttributeSet.Type | AttributeSet.Size).GetFh().Read(StateId.Anonymous, offset, count),
            cancellationToken);
        if (reply.Status is NfsStatus.NoEnt or NfsStatus.NotDir)
            return null;
        Check(reply, "read", path.Text, NfsOperation.Read);
        var reader = ReaderAfterWalk(reply);
        var length = reader.GetAttr().Size ?? throw new NfsProtocolException($"NFS server {options.Address} does not tell the length of '{path}'");
        var handle = reader.GetFh();
        var data = reader.Read(count, out _);
        var destination = place((long)Math.Min(length, long.MaxValue));
        var read = Math.Min(data.Length, destination.Length);
        data[..read].CopyTo(destination.Span);
        return (handle, read);
    }

    private async ValueTask ReadRangeAsync(FileHandle handle, NfsPath path, long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        if (destination.IsEmpty)
            return;
        var step = MaxReadBytes;
        var pieces = (destination.Length + step - 1) / step;
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = link.MaxInFlight, CancellationToken = cancellationToken };
        await Parallel.ForAsync(0, pieces, parallel, async (piece, token) =>
        {
            var begin = piece * step;
            await ReadPieceAsync(handle, path, offset + begin, destination.Slice(begin, Math.Min(step, destination.Length - begin)), token);
        });
    }

    private async ValueTask ReadPieceAsync(FileHandle handle, NfsPath path, long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        while (!destination.IsEmpty)
        {
            using var reply = await link.ExecuteAsync(
                Request(cacheReply: false).PutFh(handle).Read(StateId.Anonymous, offset, destination.Length), cancellationToken);
            Check(reply, "read", path.Text, NfsOperation.Read);
            var read = CopyData(reply, destination.Span);
            if (read == 0)
                throw new NfsException(
                    ErrorKind.Damaged, $"'{path}' on NFS server {options.Address} ends at byte {offset}, {destination.Length} bytes short: it was cut while being read.");
            offset += read;
            destination = destination[read..];
        }
    }

    private static int CopyData(CompoundReply reply, Span<byte> destination)
    {
        var reader = reply.Results;
        reader.Sequence();
        reader.Plain(NfsOperation.PutFh);
        var data = reader.Read(destination.Length, out _);
        data.CopyTo(destination);
        return data.Length;
    }

    /// <summary>A reader behind SEQUENCE, PUTFH (or PUTROOTFH) and as many LOOKUPs as there are.</summary>
    private static CompoundReader ReaderAfterWalk(CompoundReply reply, NfsOperation start = NfsOperation.PutFh)
    {
        var reader = reply.Results;
        reader.Sequence();
        reader.Plain(start);
        reader.Walk();
        return reader;
    }

    private static FileHandle HandleAfterWalk(CompoundReply reply, NfsOperation start = NfsOperation.PutFh)
    {
        var reader = ReaderAfterWalk(reply, start);
        return reader.GetFh();
    }

    private static NfsAttributes AttributesAfterWalk(CompoundReply reply)
    {
        var reader = ReaderAfterWalk(reply);
        return reader.GetAttr();
    }

    private static NfsAccess AccessAfterWalk(CompoundReply reply)
    {
        var reader = ReaderAfterWalk(reply);
        var (supported, granted) = reader.Access();
        return (NfsAccess)(supported & granted);
    }

    private static long? Bounded(ulong? value) => value is { } bytes ? (long)Math.Min(bytes, long.MaxValue) : null;
}
