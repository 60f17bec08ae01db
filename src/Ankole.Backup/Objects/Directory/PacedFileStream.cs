using Microsoft.Win32.SafeHandles;

namespace Ankole.Backup;

/// <summary>A file read forward at the store's limited rate.</summary>
internal sealed class PacedFileStream(SafeFileHandle file, ByteRateLimit rateLimit) : FileStream(file, FileAccess.Read, bufferSize: 0)
{
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var piece = buffer[..Math.Min(buffer.Length, ByteRateLimit.PieceBytes)];
        await rateLimit.WaitAsync(piece.Length, cancellationToken);
        return await base.ReadAsync(piece, cancellationToken);
    }
}
