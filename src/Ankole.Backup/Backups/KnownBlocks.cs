using Ankole.Core;

namespace Ankole.Backup;

/// <summary>
/// Knows which blocks the store has, without ever asking for a single one.
/// </summary>
/// <remarks>
/// Two sources: the base's record, already read, and one flat listing (a request per 1000 blocks). Which of them:
/// <list type="number">
/// <item>No base: the listing, before the first block.</item>
/// <item>A listing of at most <see cref="CheapPages"/> pages, an interrupted run to be continued, mode full, or <c>CheckInherited</c>: the
/// listing too. It then decides alone, so a block that a record names but the store has lost is found and sent again.</item>
/// <item>Otherwise the record alone, and an unknown block is simply put: asking would cost as much as the put. Once more unknown blocks came
/// than the listing has pages, the listing pays and is made after all.</item>
/// </list>
/// So the requests of a small change are bounded by the change, whatever the number of blocks stored.
/// </remarks>
internal sealed class KnownBlocks
{
    private const int BlocksPerPage = 1000, CheapPages = 2;

    private readonly IObjectStore objects;
    private readonly BlockPool pool;
    private readonly Func<long, bool> isUsableLength;
    private readonly long putsBeforeListing;
    private readonly bool rewriteAll;
    private readonly Lock gate = new();
    private readonly List<BlockChecksum> sentBeforeListing = [];
    private ChecksumSet present;
    private ChecksumSet? claimed;
    private Task? listing;
    private bool isListed;

    /// <param name="isUsableLength">False for a stored length that no whole block can have: such a file counts as absent.</param>
    /// <param name="recorded">The base's blocks, or null.</param>
    /// <param name="storedBlocks">How many blocks the volume is thought to have.</param>
    public KnownBlocks(
        IObjectStore objects, BlockPool pool, Func<long, bool> isUsableLength, BlockList? recorded, long storedBlocks, bool rewriteAll)
    {
        this.objects = objects;
        this.pool = pool;
        this.isUsableLength = isUsableLength;
        this.rewriteAll = rewriteAll;
        var pages = (Math.Max(storedBlocks, recorded?.Count ?? 0) / BlocksPerPage) + 1;
        putsBeforeListing = pages;
        IsListingCheap = pages <= CheapPages;
        // A little more room than the record needs, so that a few new blocks do not make a large set grow by half.
        present = new ChecksumSet((recorded?.Count ?? 0) + (int)putsBeforeListing + 16);
        if (recorded is not null)
            foreach (var checksum in recorded.Checksums)
                present.Add(checksum);
        if (rewriteAll)
            claimed = new ChecksumSet();
    }

    public bool IsListingCheap { get; }

    /// <summary>True once the store itself was asked; then <see cref="IsStored"/> is a fact and not a belief.</summary>
    public bool IsListed
    {
        get
        {
            lock (gate)
                return isListed;
        }
    }

    /// <summary>Takes the block for the caller, who then must put it; or says that nobody needs to.</summary>
    public async ValueTask<BlockClaim> ClaimAsync(BlockChecksum checksum, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task wait;
            lock (gate)
            {
                if (rewriteAll)
                    return !claimed!.Add(checksum) ? BlockClaim.Known : present.Add(checksum) ? BlockClaim.New : BlockClaim.Replace;
                if (present.Contains(checksum))
                    return BlockClaim.Known;
                if (isListed || sentBeforeListing.Count < putsBeforeListing)
                {
                    present.Add(checksum);
                    if (!isListed)
                        sentBeforeListing.Add(checksum);
                    return BlockClaim.New;
                }
                wait = listing ??= ListAsync(cancellationToken);
            }
            await wait;
        }
    }

    /// <summary>Makes the listing now.</summary>
    public Task ListNowAsync(CancellationToken cancellationToken)
    {
        lock (gate)
            return listing ??= ListAsync(cancellationToken);
    }

    public bool IsStored(in BlockChecksum checksum)
    {
        lock (gate)
            return present.Contains(checksum);
    }

    private async Task ListAsync(CancellationToken cancellationToken)
    {
        await Task.Yield();
        var listed = new ChecksumSet();
        await foreach (var entry in objects.ListAsync(pool.Folder, cancellationToken))
            if (isUsableLength(entry.Length) && pool.TryParse(entry.Key, out var checksum))
                listed.Add(checksum);
        lock (gate)
        {
            foreach (var checksum in sentBeforeListing)
                listed.Add(checksum);
            present = listed;
            isListed = true;
        }
    }
}

/// <summary>What is to be done with a block.</summary>
internal enum BlockClaim
{
    /// <summary>The store has it, or another worker is sending it.</summary>
    Known,

    /// <summary>The store does not have it: send it.</summary>
    New,

    /// <summary>The store has it, and it is to be sent again.</summary>
    Replace,
}
