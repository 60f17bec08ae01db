using System.Buffers;
using System.Runtime.CompilerServices;
using Ankole.Core;

namespace Ankole.Control;

/// <summary>Walks over what a source really stores.</summary>
internal static class StoredBytes
{
    private const int ChunkBytes = 1 << 20;

    /// <summary>The stored runs, cut into chunks of at most so many bytes.</summary>
    public static async IAsyncEnumerable<ByteRange> ChunksAsync(IBlockSource source, int chunkBytes, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var extent in source.GetExtentsAsync(new ByteRange(0, source.SizeBytes), cancellationToken))
        {
            if (extent.ReadsAsZeros)
                continue;
            for (var offset = extent.Range.Offset; offset < extent.Range.End; offset += chunkBytes)
                yield return new ByteRange(offset, Math.Min(chunkBytes, extent.Range.End - offset));
        }
    }

    /// <returns>Bytes that could be read.</returns>
    public static async Task<long> ReadAllAsync(IBlockSource source, IProgress<OperationProgress> progress, CancellationToken cancellationToken)
    {
        var read = 0L;
        var rented = ArrayPool<byte>.Shared.Rent(ChunkBytes);
        try
        {
            await foreach (var chunk in ChunksAsync(source, ChunkBytes, cancellationToken))
            {
                await source.ReadAsync(chunk.Offset, rented.AsMemory(0, (int)chunk.Length), cancellationToken);
                read += chunk.Length;
                progress.Report(new OperationProgress("reading", chunk.End, source.SizeBytes));
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
        return read;
    }
}
