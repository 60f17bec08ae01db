namespace Ankole.Volumes;

/// <summary>The check that every request passes first.</summary>
internal static class VolumeRange
{
    public static void Check(long offset, long length, long sizeBytes)
    {
        if (offset < 0 || length < 0 || offset > sizeBytes - length)
            throw new ArgumentOutOfRangeException(nameof(offset), $"bytes {offset} to {offset + length} leave the volume of {sizeBytes} bytes");
    }
}
