namespace Ankole.Volumes;

/// <summary>
/// <c>volume.meta</c>, the root record of a replica directory (Longhorn replica format, section 2.1). The parameters stand in the order in which
/// they are written.
/// </summary>
/// <param name="Size">Bytes the volume has now.</param>
/// <param name="Head">File name of the writable disk.</param>
/// <param name="Dirty">True from open until a clean close. Nothing depends on it.</param>
/// <param name="Rebuilding">The data is incomplete: snapshots may be partial even where their sizes match.</param>
/// <param name="Error">Longhorn's last fatal condition; normally empty.</param>
/// <param name="Parent">The head's parent when this was written; the head's own record decides.</param>
/// <param name="SectorSize">What a frontend was offered; always 512.</param>
/// <param name="BackingFilePath">Absolute path of the read-only image below the root disk, or empty.</param>
/// <param name="Encrypted">The volume holds LUKS.</param>
internal sealed record VolumeRecord(
    long Size, string Head, bool Dirty, bool Rebuilding, string Error, string Parent, long SectorSize, string BackingFilePath, bool Encrypted)
{
    public static VolumeRecord New(long size, string head) => new(size, head, Dirty: true, Rebuilding: false, "", "", 512, "", Encrypted: false);

    /// <exception cref="Core.AnkoleException">The bytes are no JSON object of this shape.</exception>
    public static VolumeRecord Parse(ReadOnlySpan<byte> json, string path)
    {
        var fields = new MetaReader(json, path);
        return new VolumeRecord(
            fields.Number("Size"), fields.Text("Head"), fields.Flag("Dirty"), fields.Flag("Rebuilding"), fields.Text("Error"),
            fields.Text("Parent"), fields.Number("SectorSize"), fields.Text("BackingFilePath"), fields.Flag("Encrypted"));
    }

    public byte[] ToBytes()
    {
        var writer = new MetaWriter();
        writer.Number("Size", Size);
        writer.Text("Head", Head);
        writer.Flag("Dirty", Dirty);
        writer.Flag("Rebuilding", Rebuilding);
        writer.Text("Error", Error);
        writer.Text("Parent", Parent);
        writer.Number("SectorSize", SectorSize);
        writer.Text("BackingFilePath", BackingFilePath);
        writer.Flag("Encrypted", Encrypted);
        return writer.Finish();
    }
}
