using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;

namespace Ankole.Core;

/// <summary>
/// The name of a block in a backupstore: the first 32 bytes of the SHA-512 of its uncompressed bytes (neither SHA-256 nor SHA-512/256),
/// written as 64 lower-case hex digits. Longhorn backupstore format, section 6.2.
/// </summary>
[InlineArray(SizeBytes)]
public struct BlockChecksum : IEquatable<BlockChecksum>, IComparable<BlockChecksum>
{
    public const int SizeBytes = 32;
    public const int HexLength = SizeBytes * 2;

    private byte element;

    public static BlockChecksum Of(ReadOnlySpan<byte> block)
    {
        Span<byte> digest = stackalloc byte[SHA512.HashSizeInBytes];
        SHA512.HashData(block, digest);
        var checksum = default(BlockChecksum);
        digest[..SizeBytes].CopyTo(checksum);
        return checksum;
    }

    /// <summary>The checksum of a name's UTF-8 bytes, which picks its directory layers.</summary>
    public static BlockChecksum OfText(string text) => Of(Encoding.UTF8.GetBytes(text));

    /// <summary>Accepts exactly 64 lower-case or upper-case hex digits.</summary>
    public static bool TryParse(ReadOnlySpan<char> hex, out BlockChecksum checksum)
    {
        checksum = default;
        return hex.Length == HexLength
            && Convert.FromHexString(hex, checksum, out _, out _) == System.Buffers.OperationStatus.Done;
    }

    [UnscopedRef]
    public readonly ReadOnlySpan<byte> AsSpan() => this;

    public readonly bool Equals(BlockChecksum other) => AsSpan().SequenceEqual(other.AsSpan());

    public override readonly bool Equals(object? obj) => obj is BlockChecksum other && Equals(other);

    // The bytes are already a hash: any four of them will do.
    public override readonly int GetHashCode() => BitConverter.ToInt32(AsSpan());

    public readonly int CompareTo(BlockChecksum other) => AsSpan().SequenceCompareTo(other.AsSpan());

    public static bool operator ==(BlockChecksum left, BlockChecksum right) => left.Equals(right);

    public static bool operator !=(BlockChecksum left, BlockChecksum right) => !left.Equals(right);

    public static bool operator <(BlockChecksum left, BlockChecksum right) => left.CompareTo(right) < 0;

    public static bool operator >(BlockChecksum left, BlockChecksum right) => left.CompareTo(right) > 0;

    public static bool operator <=(BlockChecksum left, BlockChecksum right) => left.CompareTo(right) <= 0;

    public static bool operator >=(BlockChecksum left, BlockChecksum right) => left.CompareTo(right) >= 0;

    public override readonly string ToString() => Convert.ToHexStringLower(AsSpan());
}
