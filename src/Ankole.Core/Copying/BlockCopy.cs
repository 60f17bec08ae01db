using System.Buffers;

namespace Ankole.Core;

/// <summary>Copies a source onto a device: several reads and writes in flight, holes stay holes, flushed at the end.</summary>
public static class BlockCopy
{
    /// <summary>1 MiB: large enough that a disk or a socket is busy with one request, small enough that eight in flight are 8 MiB.</summary>
    private const int ChunkBytes = 1 << 20;

    private const int InFlight = 8;

    /// <param name="destinationIsZero">True when the destination is known to read as zeros already, so holes need no write.</param>
    /// <exception cref="InvalidInputException">The destination is smaller than the source.</exception>
    public static async Task CopyAsync(
        IBlockSource source, IBlockDevice destination, bool destinationIsZero, IProgress<OperationProgress>? progress, CancellationToken cancellationToken)
    {
        if (destination.SizeBytes < source.SizeBytes)
            throw new InvalidInputException(
                $"the destination has {destination.SizeBytes} bytes, the source has {source.SizeBytes}: give a destination at least as large.");

        var done = 0L;
        var whole = new ByteRange(0, source.SizeBytes);
        var options = new ParallelOptions { MaxDegreeOfParallelism = InFlight, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(ChunksAsync(source, whole, cancellationToken), options, async (extent, token) =>
        {
            if (extent.ReadsAsZeros)
            {
                if (!destinationIsZero)
                    await destination.WriteZeroesAsync(extent.Range, mayPunch: true, token);
            }
            else
            {
                await CopyChunkAsync(source, destination, extent.Range, token);
            }
            progress?.Report(new OperationProgress("copying", Interlocked.Add(ref done, extent.Range.Length), whole.Length));
        });
        await destination.FlushAsync(cancellationToken);
    }

    private static async Task CopyChunkAsync(IBlockSource source, IBlockDevice destination, ByteRange range, CancellationToken cancellationToken)
    {
        var rented = ArrayPool<byte>.Shared.Rent((int)range.Length);
        try
        {
            var chunk = rented.AsMemory(0, (int)range.Length);
            await source.ReadAsync(range.Offset, chunk, cancellationToken);
            await destination.WriteAsync(range.Offset, chunk, cancellationToken);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    /// <summary>Data extents cut into chunks; zero extents whole.</summary>
    private static async IAsyncEnumerable<Extent> ChunksAsync(
        IBlockSource source, ByteRange whole, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var extent in source.GetExtentsAsync(whole, cancellationToken))
        {
            if (extent.ReadsAsZeros)
            {
                yield return extent;
                continue;
            }
            for (var offset = extent.Range.Offset; offset < extent.Range.End; offset += ChunkBytes)
                yield return new Extent(new ByteRange(offset, Math.Min(ChunkBytes, extent.Range.End - offset)), extent.State);
        }
    }
}
