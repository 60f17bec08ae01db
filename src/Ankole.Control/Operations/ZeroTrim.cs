using System.Buffers;
using Ankole.Core;
using Ankole.Volumes;

namespace Ankole.Control;

/// <summary>Frees stored bytes that are zeros, beside whatever else uses the volume.</summary>
internal static class ZeroTrim
{
    private const int ChunkBytes = 1 << 20;

    /// <summary>Shorter runs of zeros are not worth a hole.</summary>
    private const int GranuleBytes = 64 << 10;

    /// <returns>Bytes that became holes.</returns>
    public static async Task<long> RunAsync(Replica replica, IProgress<OperationProgress> progress, CancellationToken cancellationToken)
    {
        var freed = 0L;
        var rented = ArrayPool<byte>.Shared.Rent(ChunkBytes);
        try
        {
            await foreach (var chunk in StoredBytes.ChunksAsync(replica, ChunkBytes, cancellationToken))
            {
                var bytes = rented.AsMemory(0, (int)chunk.Length);
                await replica.ReadAsync(chunk.Offset, bytes, cancellationToken);
                for (var at = 0; at < bytes.Length; at += GranuleBytes)
                {
                    var granule = bytes.Slice(at, Math.Min(GranuleBytes, bytes.Length - at));
                    // Only a hint, so that writers seldom wait: what counts is how it is when it is freed.
                    if (!granule.Span.ContainsAnyExcept((byte)0))
                        freed += await replica.FreeZerosAsync(new ByteRange(chunk.Offset + at, granule.Length), cancellationToken);
                }
                progress.Report(new OperationProgress("looking for zeros", chunk.End, replica.SizeBytes));
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
        await replica.FlushAsync(cancellationToken);
        return freed;
    }
}
