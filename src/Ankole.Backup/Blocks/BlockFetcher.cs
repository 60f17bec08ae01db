using Ankole.Core;

namespace Ankole.Backup;

/// <summary>
/// Brings stored blocks back, each proven by its checksum. The declared method is tried first; where it fails the others are, because volumes
/// exist whose blocks were stored under several (backupstore format, sections 6.4 and 22.2).
/// </summary>
/// <param name="owner">"backup 'b1' of volume 'v1'", for errors.</param>
internal sealed class BlockFetcher(IObjectStore objects, BlockPool pool, CompressionMethod declared, string owner)
{
    private long fetched, bytesFetched;

    /// <summary>Blocks read from the store so far.</summary>
    public long Fetched => Interlocked.Read(ref fetched);

    /// <summary>Stored (compressed) bytes read from the store so far.</summary>
    public long BytesFetched => Interlocked.Read(ref bytesFetched);

    /// <exception cref="BlockDamagedException">The record names a method that nobody knows: nothing can be read.</exception>
    public static BlockFetcher For(IObjectStore objects, BlockPool pool, string compressionMethod, string owner) =>
        CompressionMethods.TryParse(compressionMethod, out var method)
            ? new BlockFetcher(objects, pool, method, owner)
            : throw new AnkoleException(
                ErrorKind.Damaged, $"{owner} says that its blocks are compressed by '{compressionMethod}', which is unknown here. Known are lz4, gzip and none.");

    /// <summary>Fills <paramref name="destination"/>, whose length is the block's, completely.</summary>
    public async ValueTask FetchAsync(long offset, BlockChecksum checksum, Memory<byte> destination, CancellationToken cancellationToken)
    {
        using var stored = await GetAsync(offset, checksum, destination.Length, cancellationToken);
        Unpack(offset, checksum, stored, destination);
    }

    /// <summary>Brings the block as it is stored, for <see cref="Unpack"/>.</summary>
    public async ValueTask<PooledBytes> GetAsync(long offset, BlockChecksum checksum, int blockSize, CancellationToken cancellationToken)
    {
        var key = pool.KeyOf(checksum);
        var stored = await objects.GetAsync(key, (2 * blockSize) + (64 << 10), cancellationToken)
            ?? throw new BlockDamagedException(owner, offset, key, "is missing from the store");
        Interlocked.Increment(ref fetched);
        Interlocked.Add(ref bytesFetched, stored.Length);
        return stored;
    }

    /// <summary>Fills <paramref name="destination"/>, whose length is the block's, completely.</summary>
    public void Unpack(long offset, BlockChecksum checksum, PooledBytes stored, Memory<byte> destination)
    {
        if (Problem(stored.Memory, checksum, destination) is { } problem)
            throw new BlockDamagedException(owner, offset, pool.KeyOf(checksum), problem);
    }

    /// <summary>Null when the destination holds the proven block.</summary>
    private string? Problem(ReadOnlyMemory<byte> stored, BlockChecksum checksum, Memory<byte> destination)
    {
        if (stored.IsEmpty)
            return "is an empty file";
        var problem = TryUnpack(declared, stored, checksum, destination.Span);
        if (problem is null)
            return null;
        foreach (var other in Enum.GetValues<CompressionMethod>())
            if (other != declared && LooksLike(other, stored.Span, destination.Length) && TryUnpack(other, stored, checksum, destination.Span) is null)
                return null;
        return problem;
    }

    private static bool LooksLike(CompressionMethod method, ReadOnlySpan<byte> stored, int blockSize) => method switch
    {
        CompressionMethod.None => stored.Length == blockSize,
        CompressionMethod.Gzip => stored.StartsWith([(byte)0x1f, (byte)0x8b]),
        _ => Lz4Frame.HasMagic(stored),
    };

    private static string? TryUnpack(CompressionMethod method, ReadOnlyMemory<byte> stored, BlockChecksum checksum, Span<byte> destination)
    {
        try
        {
            var length = BlockCodec.Unpack(method, stored, destination);
            if (length != destination.Length)
                return $"holds {length} bytes instead of {destination.Length}";
        }
        catch (BlockFormatException e)
        {
            return e.Message;
        }
        var found = BlockChecksum.Of(destination);
        return found == checksum ? null : $"does not match its checksum: its {destination.Length} bytes have {found}";
    }
}
