using System.Buffers;
using System.Runtime.CompilerServices;

namespace Ankole.Core;

/// <summary>Makes a device equal to a source by writing only what differs, so that a chain or an incremental backup sees only real changes.</summary>
public static class BlockUpdate
{
    /// <summary>1 MiB per step: as <see cref="BlockCopy"/>.</summary>
    private const int ChunkBytes = 1 << 20;

    /// <summary>4 KiB: what a replica stores at the least.</summary>
    private const int GranuleBytes = 4096;

    private const int InFlight = 4;

    /// <returns>The bytes that were written.</returns>
    /// <exception cref="InvalidInputException">The device is smaller than the source.</exception>
    public static async Task<long> UpdateAsync(
        IBlockSource source, IBlockDevice device, IProgress<OperationProgress>? progress, CancellationToken cancellationToken)
    {
        if (device.SizeBytes < source.SizeBytes)
            throw new InvalidInputException(
                $"the destination has {device.SizeBytes} bytes, the source has {source.SizeBytes}: expand the destination first.");
        long done = 0, written = 0;
        var options = new ParallelOptions { MaxDegreeOfParallelism = InFlight, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(ChunksAsync(source, device, cancellationToken), options, async (chunk, token) =>
        {
            Interlocked.Add(ref written, await UpdateChunkAsync(source, device, chunk, token));
            Raise(ref done, chunk.Range.End);
            progress?.Report(new OperationProgress("comparing", Interlocked.Read(ref done), source.SizeBytes));
        });
        await device.FlushAsync(cancellationToken);
        return written;
    }

    /// <summary>Chunks end out of order, and what lies between them needs no work: the furthest end is how far it is.</summary>
    private static void Raise(ref long value, long to)
    {
        for (var seen = Interlocked.Read(ref value); seen < to;)
        {
            var before = Interlocked.CompareExchange(ref value, to, seen);
            if (before == seen)
                return;
            seen = before;
        }
    }

    private static async Task<long> UpdateChunkAsync(IBlockSource source, IBlockDevice device, Extent chunk, CancellationToken cancellationToken)
    {
        var length = (int)chunk.Range.Length;
        var wantedArray = ArrayPool<byte>.Shared.Rent(length);
        var presentArray = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            var wanted = wantedArray.AsMemory(0, length);
            var present = presentArray.AsMemory(0, length);
            if (chunk.ReadsAsZeros)
                wanted.Span.Clear();
            else
                await source.ReadAsync(chunk.Range.Offset, wanted, cancellationToken);
            await device.ReadAsync(chunk.Range.Offset, present, cancellationToken);
            return await WriteDifferencesAsync(device, chunk.Range.Offset, wanted, present, cancellationToken);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(wantedArray);
            ArrayPool<byte>.Shared.Return(presentArray);
        }
    }

    private static async Task<long> WriteDifferencesAsync(
        IBlockDevice device, long offset, ReadOnlyMemory<byte> wanted, ReadOnlyMemory<byte> present, CancellationToken cancellationToken)
    {
        var written = 0L;
        for (var start = 0; start < wanted.Length;)
        {
            var end = RunOfDifference(wanted.Span, present.Span, ref start);
            if (end == start)
                break;
            await device.WriteAsync(offset + start, wanted[start..end], cancellationToken);
            written += end - start;
            start = end;
        }
        return written;
    }

    /// <summary>Moves <paramref name="start"/> to the next granule that differs and returns the end of the run; both at the end when none is left.</summary>
    private static int RunOfDifference(ReadOnlySpan<byte> wanted, ReadOnlySpan<byte> present, ref int start)
    {
        while (start < wanted.Length && GranuleEquals(wanted, present, start))
            start = Math.Min(start + GranuleBytes, wanted.Length);
        var end = start;
        while (end < wanted.Length && !GranuleEquals(wanted, present, end))
            end = Math.Min(end + GranuleBytes, wanted.Length);
        return end;
    }

    private static bool GranuleEquals(ReadOnlySpan<byte> wanted, ReadOnlySpan<byte> present, int at)
    {
        var length = Math.Min(GranuleBytes, wanted.Length - at);
        return wanted.Slice(at, length).SequenceEqual(present.Slice(at, length));
    }

    /// <summary>The source's stored runs, and where it reads as zeros only what the device stores: two mostly empty terabytes take no time.</summary>
    private static async IAsyncEnumerable<Extent> ChunksAsync(
        IBlockSource source, IBlockDevice device, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var extent in source.GetExtentsAsync(new ByteRange(0, source.SizeBytes), cancellationToken))
        {
            if (!extent.ReadsAsZeros)
            {
                foreach (var chunk in Chunks(extent))
                    yield return chunk;
                continue;
            }
            await foreach (var present in device.GetExtentsAsync(extent.Range, cancellationToken))
                if (!present.ReadsAsZeros)
                    foreach (var chunk in Chunks(new Extent(present.Range, extent.State)))
                        yield return chunk;
        }
    }

    private static IEnumerable<Extent> Chunks(Extent extent)
    {
        for (var offset = extent.Range.Offset; offset < extent.Range.End; offset += ChunkBytes)
            yield return new Extent(new ByteRange(offset, Math.Min(ChunkBytes, extent.Range.End - offset)), extent.State);
    }
}
