using Ankole.Core;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Ankole.Nfs;

/// <summary>
/// Files and directories of one NFSv4.1 export, used without a mount and without root. Every member may be called at the same time as any
/// other; every request ends within its deadline (<see cref="NfsClientOptions"/>), whatever the server does, and at once when cancelled.
/// </summary>
/// <remarks>Paths are relative to the export path, joined by <c>/</c>. Symbolic links are not followed.</remarks>
public sealed partial class NfsClient : IAsyncDisposable
{
    /// <summary>Operations that a request needs beside the walk to its directory.</summary>
    private const int OperationsBesideWalk = 11;

    private readonly NfsClientOptions options;
    private readonly NfsLink link;
    private readonly ILogger logger;
    private FileHandle root;
    private NfsAttributes fileSystem = new();

    private NfsClient(NfsClientOptions options, ILogger logger)
    {
        this.options = options;
        this.logger = logger;
        link = new NfsLink(options, logger);
    }

    /// <summary>What was agreed with the server when the client connected.</summary>
    public NfsServerInfo Server => new(link.ServerImplementation, link.Lease, MaxReadBytes, MaxWriteBytes, link.MaxInFlight, link.MaxOperations);

    public NfsClientOptions Options => options;

    public string ExportPath => options.ExportPath;

    public NfsCounters Counters => link.Counters;

    private int MaxReadBytes => (int)Math.Min((ulong)link.MaxReadBytes, Math.Max(fileSystem.MaxRead ?? ulong.MaxValue, 512));

    private int MaxWriteBytes => (int)Math.Min((ulong)link.MaxWriteBytes, Math.Max(fileSystem.MaxWrite ?? ulong.MaxValue, 512));

    /// <summary>Connects, makes a session and walks to the export.</summary>
    /// <exception cref="InvalidInputException">An option is out of its bounds.</exception>
    /// <exception cref="NfsException">The server cannot be reached, does not speak NFSv4.1, or has no such export; the message says which.</exception>
    public static async Task<NfsClient> ConnectAsync(NfsClientOptions options, ILogger? logger, CancellationToken cancellationToken)
    {
        options.Validate();
        var client = new NfsClient(options, logger ?? NullLogger.Instance);
        try
        {
            await client.OpenExportAsync(cancellationToken);
            client.link.StartRenewal();
            return client;
        }
        catch
        {
            await client.DisposeAsync();
            throw;
        }
    }

    /// <summary>
    /// Walks to the export anew and works on with what is there now. Makes sure that it was not removed or replaced, which a server that still holds
    /// the old directory open would not tell.
    /// </summary>
    /// <exception cref="NfsException">The export path does not exist any more.</exception>
    public Task FindExportAgainAsync(CancellationToken cancellationToken) => OpenExportAsync(cancellationToken);

    /// <summary>Tells the server that this client is gone, where it can still be told within two seconds.</summary>
    public async ValueTask DisposeAsync()
    {
        await EndCleanupsAsync();
        await link.DisposeAsync();
    }

    private CompoundRequest Request(bool cacheReply, int sizeHint = 512) => CompoundRequest.InSession(options.Credential, cacheReply, sizeHint);

    /// <summary>Runs a request that begins at the export's root; when the root's handle has expired, finds the root again and repeats it.</summary>
    /// <param name="build">Called with the handle to begin at and the names still to look up.</param>
    private async ValueTask<CompoundReply> RunAsync(
        ReadOnlyMemory<string> names, Func<FileHandle, ReadOnlyMemory<string>, CompoundRequest> build, CancellationToken cancellationToken)
    {
        for (var rounds = 0; ; rounds++)
        {
            var (start, rest, failed) = await ShortenAsync(names, cancellationToken);
            if (failed is not null)
                return failed;
            var reply = await link.ExecuteAsync(build(start, rest), cancellationToken);
            var hasRootExpired = reply.Count == 2 && reply.Status is NfsStatus.Stale or NfsStatus.FhExpired or NfsStatus.BadHandle;
            if (!hasRootExpired || rounds > 0)
                return reply;
            reply.Dispose();
            await OpenExportAsync(cancellationToken);
        }
    }

    /// <summary>Walks as many names ahead as do not fit into one request beside the work at the path's end.</summary>
    private async ValueTask<(FileHandle Start, ReadOnlyMemory<string> Names, CompoundReply? Failed)> ShortenAsync(
        ReadOnlyMemory<string> names, CancellationToken cancellationToken)
    {
        var start = root;
        while (names.Length > Math.Max(1, link.MaxOperations - OperationsBesideWalk))
        {
            var step = names[..Math.Min(names.Length, Math.Max(1, link.MaxOperations - 4))];
            var reply = await link.ExecuteAsync(Request(cacheReply: false).PutFh(start).Lookup(step.Span).GetFh(), cancellationToken);
            if (reply.Status != NfsStatus.Ok)
                return (start, names, reply);
            using (reply)
                start = HandleAfterWalk(reply);
            names = names[step.Length..];
        }
        return (start, names, null);
    }

    private async Task OpenExportAsync(CancellationToken cancellationToken)
    {
        var path = NfsPath.Parse(options.ExportPath);
        using (var first = await link.ExecuteAsync(Request(cacheReply: false).PutRootFh().GetFh(), cancellationToken))
        {
            if (first.Status != NfsStatus.Ok)
                throw NfsErrors.BadExportPath(options, "/", "/", first.Status, []);
            root = HandleAfterWalk(first, NfsOperation.PutRootFh);
        }
        for (var walked = 0; walked < path.Names.Length;)
        {
            var step = path.Names.Slice(walked, Math.Min(path.Names.Length - walked, Math.Max(1, link.MaxOperations - 4)));
            using var reply = await link.ExecuteAsync(Request(cacheReply: false).PutFh(root).Lookup(step.Span).GetFh(), cancellationToken);
            if (reply.Status != NfsStatus.Ok)
                throw await DescribeBadPathAsync(path, walked + Math.Max(0, reply.Count - 3), reply.Status, cancellationToken);
            root = HandleAfterWalk(reply);
            walked += step.Length;
        }
        using var attributes = await link.ExecuteAsync(Request(cacheReply: false).PutFh(root).GetAttr(AttributeSet.FileSystem), cancellationToken);
        Check(attributes, "open", "", NfsOperation.GetAttr);
        fileSystem = AttributesAfterPutFh(attributes);
        if (fileSystem.Type is { } type and not NfsFileType.Directory)
            throw NfsErrors.BadExportPath(options, "/", path.Text, type == NfsFileType.Symlink ? NfsStatus.Symlink : NfsStatus.NotDir, []);
        link.Lease = fileSystem.LeaseTime is { Ticks: > 0 } lease ? lease : link.Lease;
    }

    private async Task<NfsException> DescribeBadPathAsync(NfsPath path, int missing, NfsStatus status, CancellationToken cancellationToken)
    {
        const int namesShown = 20;
        var names = path.Names[..Math.Min(missing, path.Names.Length - 1)];
        var present = new List<string>();
        if (status == NfsStatus.NoEnt)
        {
            try
            {
                using var reply = await link.ExecuteAsync(Request(cacheReply: false).PutRootFh().Lookup(names.Span).GetFh(), cancellationToken);
                if (reply.Status == NfsStatus.Ok)
                    await foreach (var entry in ListHandleAsync(HandleAfterWalk(reply, NfsOperation.PutRootFh), "", cancellationToken))
                        if (present.Count < namesShown)
                            present.Add(entry.Name);
            }
            catch (NfsException)
            {
                present.Clear(); // the names are a service: without them the message is still right
            }
        }
        return NfsErrors.BadExportPath(options, "/" + string.Join('/', names.ToArray()), path.Names.Span[names.Length], status, present);
    }

    private static NfsAttributes AttributesAfterPutFh(CompoundReply reply)
    {
        var reader = reply.Results;
        reader.Sequence();
        reader.Plain(NfsOperation.PutFh);
        return reader.GetAttr();
    }

    /// <exception cref="NfsException">The answer is anything but a success.</exception>
    private void Check(CompoundReply reply, string action, string path, NfsOperation operation)
    {
        if (reply.Status != NfsStatus.Ok)
            throw NfsErrors.Refused(options, action, path, operation, reply.Status);
    }
}
