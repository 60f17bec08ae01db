namespace Ankole.Core;

/// <summary>Volume bytes that can also be written.</summary>
public interface IBlockDevice : IBlockSource
{
    /// <summary>Writes the bytes at <paramref name="offset"/>, aligned or not. Durable only after <see cref="FlushAsync"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The range leaves the device.</exception>
    ValueTask WriteAsync(long offset, ReadOnlyMemory<byte> source, CancellationToken cancellationToken);

    /// <summary>Makes the range read as zeros, for certain, however it was stored before.</summary>
    /// <param name="mayPunch">False asks for real storage under the zeros (<c>NBD_CMD_FLAG_NO_HOLE</c>).</param>
    ValueTask WriteZeroesAsync(ByteRange range, bool mayPunch, CancellationToken cancellationToken);

    /// <summary>Says that the bytes are not needed any more. What they read as afterwards is unspecified until they are written.</summary>
    ValueTask DiscardAsync(ByteRange range, CancellationToken cancellationToken);

    /// <summary>When it returns, every write that had completed before the call survives a power loss.</summary>
    ValueTask FlushAsync(CancellationToken cancellationToken);
}
