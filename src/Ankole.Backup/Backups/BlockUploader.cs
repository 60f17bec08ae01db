using Ankole.Core;

namespace Ankole.Backup;

/// <summary>
/// The pipeline of a backup: read → all zero? → checksum → known? → pack → put, for many blocks at once. Its parts overlap because each block in
/// flight is somewhere else in this row. A few are at work (<see cref="PipelineBounds.AtWork"/>); whoever is packed gives the place up and waits for the store
/// as one of many (<see cref="InFlightWindow"/>), holding nothing but its packed bytes.
/// </summary>
internal sealed class BlockUploader(
    IBlockSource source, int blockSize, CompressionMethod method, BlockPool pool, KnownBlocks known, IPutBatch batch, PipelineBounds bounds, TimeProvider time,
    Func<long, bool> listsZeros)
{
    private readonly BlockBuffers blocks = new(blockSize);
    private readonly BlockBuffers packings = new(BlockCodec.MaxPackedLength(blockSize));
    private readonly InFlightWindow window = new(bounds.OnTheWay, time);
    private readonly BlockChecksum zeroChecksum = BlockChecksum.Of(new byte[blockSize]);
    private BlockList.Builder found = new();
    private readonly Lock gate = new();
    private long read, hashed, sent, resent, newBlocks, replaced, knownBlocks, zeros;

    /// <summary>Blocks that were looked at and belong into the backup's list. To be built once, at the end.</summary>
    public BlockList.Builder Found => found;

    /// <summary>Packed bytes of blocks that were not in the store.</summary>
    public long BytesNew => sent;

    /// <summary>Packed bytes of blocks that were in the store.</summary>
    public long BytesReplaced => resent;

    public long BlocksNew => newBlocks;

    public OperationStatistics Statistics => new()
    {
        BytesRead = read, BytesHashed = hashed, BytesSent = sent + resent, BlocksNew = newBlocks, BlocksReplaced = replaced,
        BlocksKnown = knownBlocks, BlocksZero = zeros,
    };

    /// <summary>Starts a new list of found blocks.</summary>
    public void ForgetFound() => found = new BlockList.Builder();

    /// <param name="offsets">Block offsets, each once. Read in this order by several workers.</param>
    public async Task UploadAsync(IEnumerable<long> offsets, Action<long> progress, CancellationToken cancellationToken)
    {
        using var places = new SemaphoreSlim(bounds.AtWork);
        var options = new ParallelOptions { MaxDegreeOfParallelism = bounds.AtOnce > 0 ? bounds.AtOnce : bounds.AtWork + bounds.OnTheWay, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(offsets, options, async (offset, token) =>
        {
            await UploadAsync(offset, places, token);
            progress(blockSize);
        });
    }

    private async ValueTask UploadAsync(long offset, SemaphoreSlim places, CancellationToken cancellationToken)
    {
        await places.WaitAsync(cancellationToken);
        var isAtWork = true;
        var block = blocks.Take();
        var packing = default(Memory<byte>);
        try
        {
            if (await ReadUnknownAsync(offset, block, cancellationToken) is not { } wanted)
                return;
            if (method != CompressionMethod.None)
                packing = packings.Take();
            var packed = BlockCodec.Pack(method, block, packing);
            await window.EnterAsync(cancellationToken);
            var sentBytes = 0;
            try
            {
                if (method != CompressionMethod.None)
                    GiveBack(blocks, ref block);
                places.Release();
                isAtWork = false;
                await batch.PutAsync(pool.KeyOf(wanted.Checksum), packed, cancellationToken);
                sentBytes = packed.Length;
            }
            finally
            {
                window.Leave(sentBytes);
            }
            Count(wanted.Claim, sentBytes);
        }
        finally
        {
            GiveBack(blocks, ref block);
            GiveBack(packings, ref packing);
            if (isAtWork)
                places.Release();
        }
    }

    /// <summary>Fills the block and finds its place in the list.</summary>
    /// <returns>Null when nothing has to be sent: a hole, or a block that the store has.</returns>
    private async ValueTask<Wanted?> ReadUnknownAsync(long offset, Memory<byte> block, CancellationToken cancellationToken)
    {
        await source.ReadAsync(offset, block, cancellationToken);
        Interlocked.Add(ref read, blockSize);
        var isZero = !block.Span.ContainsAnyExcept((byte)0);
        if (isZero)
        {
            Interlocked.Increment(ref zeros);
            if (!listsZeros(offset))
                return null;
        }
        var checksum = isZero ? zeroChecksum : Hash(block.Span);
        lock (gate)
            found.Add(offset, checksum);
        var claim = await known.ClaimAsync(checksum, cancellationToken);
        if (claim != BlockClaim.Known)
            return new Wanted(checksum, claim);
        Interlocked.Increment(ref knownBlocks);
        return null;
    }

    private void Count(BlockClaim claim, long bytes)
    {
        Interlocked.Add(ref claim == BlockClaim.New ? ref sent : ref resent, bytes);
        Interlocked.Increment(ref claim == BlockClaim.New ? ref newBlocks : ref replaced);
    }

    private static void GiveBack(BlockBuffers buffers, ref Memory<byte> buffer)
    {
        if (!buffer.IsEmpty)
            buffers.GiveBack(buffer);
        buffer = default;
    }

    private BlockChecksum Hash(ReadOnlySpan<byte> block)
    {
        Interlocked.Add(ref hashed, blockSize);
        return BlockChecksum.Of(block);
    }

    private readonly record struct Wanted(BlockChecksum Checksum, BlockClaim Claim);
}
