using System.Buffers;
using System.Runtime.CompilerServices;
using Ankole.Core;

namespace Ankole.Nbd;

/// <summary>What works on ranges: extents, zeroes, discards, and the edges of unaligned requests.</summary>
public sealed partial class NbdClient
{
    /// <summary>1 GiB: the longest range of one request with 32-bit lengths; divisible by every block size.</summary>
    private const long CompactRange = 1 << 30;

    private const uint StatusBit = 1;

    public async ValueTask WriteZeroesAsync(ByteRange range, bool mayPunch, CancellationToken cancellationToken)
    {
        CheckRange(range.Offset, range.Length);
        CheckWritable();
        var whole = range.BlocksInside(session.MinimumBlockSize);
        if (whole.IsEmpty || !session.Has(NbdTransmissionFlags.SendWriteZeroes))
        {
            await WriteZeroBytesAsync(range, cancellationToken);
            return;
        }
        await WriteZeroBytesAsync(ByteRange.FromTo(range.Offset, whole.Offset), cancellationToken);
        await SendRangeAsync(NbdCommand.WriteZeroes, mayPunch ? default : NbdCommandFlags.NoHole, whole, cancellationToken);
        await WriteZeroBytesAsync(ByteRange.FromTo(whole.End, range.End), cancellationToken);
    }

    /// <remarks>A hint: partial blocks at the edges, and servers without <c>NBD_CMD_TRIM</c>, are left alone.</remarks>
    public async ValueTask DiscardAsync(ByteRange range, CancellationToken cancellationToken)
    {
        CheckRange(range.Offset, range.Length);
        CheckWritable();
        if (session.Has(NbdTransmissionFlags.SendTrim))
            await SendRangeAsync(NbdCommand.Trim, default, range.BlocksInside(session.MinimumBlockSize), cancellationToken);
    }

    public async IAsyncEnumerable<Extent> GetExtentsAsync(ByteRange range, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        CheckRange(range.Offset, range.Length);
        if (!session.ContextIds.TryGetValue(MetaContext.AllocationName, out var id))
        {
            if (!range.IsEmpty)
                yield return new Extent(range, ExtentState.Data);
            yield break;
        }
        await foreach (var (part, status) in GetStatusAsync(id, range, cancellationToken))
            yield return new Extent(part, (ExtentState)(status & (uint)(ExtentState.Hole | ExtentState.Zero)));
    }

    /// <summary>
    /// The runs inside <paramref name="range"/> for which bit 0 of the context's status is set: what changed, for
    /// <c>ankole:changed:SNAPSHOT</c> and <c>qemu:dirty-bitmap:NAME</c>.
    /// </summary>
    /// <param name="context">One of <see cref="Contexts"/>; ask for it in <see cref="NbdClientOptions.Contexts"/>.</param>
    /// <exception cref="AnkoleException">NotFound: the server did not agree to this context.</exception>
    public async IAsyncEnumerable<ByteRange> GetChangedExtentsAsync(
        string context, ByteRange range, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        CheckRange(range.Offset, range.Length);
        if (!session.ContextIds.TryGetValue(context, out var id))
            throw new AnkoleException(ErrorKind.NotFound, $"{uri}: the server does not know the metadata context '{context}'.");
        var pending = new ByteRange(range.Offset, 0);
        await foreach (var (part, status) in GetStatusAsync(id, range, cancellationToken))
        {
            if ((status & StatusBit) == 0)
                continue;
            if (pending.End == part.Offset)
            {
                pending = ByteRange.FromTo(pending.Offset, part.End);
                continue;
            }
            if (!pending.IsEmpty)
                yield return pending;
            pending = part;
        }
        if (!pending.IsEmpty)
            yield return pending;
    }

    /// <summary>In order, without gaps, cut to the range.</summary>
    private async IAsyncEnumerable<(ByteRange Range, uint Status)> GetStatusAsync(
        uint contextId, ByteRange range, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var end = range.BlocksCovering(session.MinimumBlockSize).End;
        var told = range.Offset;
        while (told < range.End)
        {
            var offset = ByteRange.RoundDown(told, session.MinimumBlockSize);
            var length = HasExtendedHeaders ? end - offset : Math.Min(end - offset, CompactRange);
            var status = new Dictionary<uint, List<StatusRun>>();
            await Next().RequestAsync(NbdCommand.BlockStatus, default, offset, length, default, default, status, cancellationToken);
            if (!status.TryGetValue(contextId, out var runs))
                throw new NbdProtocolException($"{uri}: the server left a metadata context out of its answer.");
            var before = told;
            foreach (var run in runs)
            {
                // The last run may reach beyond what was asked, even beyond the export.
                offset = run.Length > end - offset ? end : offset + run.Length;
                var part = ByteRange.FromTo(told, Math.Min(offset, range.End));
                if (part.IsEmpty)
                    continue;
                yield return (part, run.Status);
                told = part.End;
            }
            if (told == before)
                throw new NbdProtocolException($"{uri}: the server's block status does not get beyond offset {told}.");
        }
    }

    private async ValueTask SendRangeAsync(NbdCommand command, NbdCommandFlags flags, ByteRange range, CancellationToken cancellationToken)
    {
        var limit = HasExtendedHeaders ? long.MaxValue : CompactRange;
        while (!range.IsEmpty)
        {
            var step = Math.Min(range.Length, limit);
            try
            {
                await Next().RequestAsync(command, flags, range.Offset, step, default, default, null, cancellationToken);
            }
            catch (NbdServerException e) when (e.Error is NbdError.EOVERFLOW or NbdError.EINVAL && step > session.MaximumPayload)
            {
                // The protocol lets a server refuse a range longer than a payload.
                limit = session.MaximumPayload;
                continue;
            }
            range = ByteRange.FromTo(range.Offset + step, range.End);
        }
    }

    private async ValueTask WriteZeroBytesAsync(ByteRange range, CancellationToken cancellationToken)
    {
        if (range.IsEmpty)
            return;
        var zeroes = ArrayPool<byte>.Shared.Rent((int)Math.Min(range.Length, 1 << 20));
        try
        {
            Array.Clear(zeroes);
            for (var offset = range.Offset; offset < range.End; offset += zeroes.Length)
                await WriteAsync(offset, zeroes.AsMemory(0, (int)Math.Min(zeroes.Length, range.End - offset)), cancellationToken);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(zeroes);
        }
    }

    private async ValueTask ReadUnalignedAsync(long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        var blocks = new ByteRange(offset, destination.Length).BlocksCovering(session.MinimumBlockSize);
        var rented = ArrayPool<byte>.Shared.Rent(checked((int)blocks.Length));
        try
        {
            await ReadAsync(blocks.Offset, rented.AsMemory(0, (int)blocks.Length), cancellationToken);
            rented.AsMemory((int)(offset - blocks.Offset), destination.Length).CopyTo(destination);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    private async ValueTask WriteUnalignedAsync(long offset, ReadOnlyMemory<byte> source, CancellationToken cancellationToken)
    {
        var blocks = new ByteRange(offset, source.Length).BlocksCovering(session.MinimumBlockSize);
        var rented = ArrayPool<byte>.Shared.Rent(checked((int)blocks.Length));
        await edgeGate.WaitAsync(cancellationToken);
        try
        {
            var bytes = rented.AsMemory(0, (int)blocks.Length);
            await ReadAsync(blocks.Offset, bytes, cancellationToken);
            source.CopyTo(bytes[(int)(offset - blocks.Offset)..]);
            await WriteAsync(blocks.Offset, bytes, cancellationToken);
        }
        finally
        {
            edgeGate.Release();
            ArrayPool<byte>.Shared.Return(rented);
        }
    }
}
