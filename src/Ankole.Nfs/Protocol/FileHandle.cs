namespace Ankole.Nfs;

/// <summary>The server's own name for a file or directory: at most 128 opaque bytes (RFC 8881, section 4).</summary>
internal readonly struct FileHandle(byte[] bytes)
{
    public const int MaxBytes = 128;

    private readonly byte[]? bytes = bytes;

    public ReadOnlySpan<byte> Bytes => bytes;

    public bool IsEmpty => bytes is not { Length: > 0 };
}
