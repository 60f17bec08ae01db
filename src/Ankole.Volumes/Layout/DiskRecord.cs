using System.Globalization;

namespace Ankole.Volumes;

/// <summary>
/// The record beside a data file (Longhorn replica format, section 2.2). The parameters stand in the order in which they are written.
/// </summary>
/// <param name="Name">The name the disk was created under: a snapshot's record holds the head's it was made from. Never trusted.</param>
/// <param name="Parent">File name of the disk below, or empty at the root.</param>
/// <param name="Removed">Marked for removal; still serves data.</param>
/// <param name="UserCreated">False for system snapshots, which a purge may remove.</param>
/// <param name="Created">RFC 3339, UTC, whole seconds; may be empty.</param>
/// <param name="Labels">Null as well as empty means none; the two are written differently.</param>
internal sealed record DiskRecord(
    string Name, string Parent, bool Removed, bool UserCreated, string Created, IReadOnlyDictionary<string, string>? Labels)
{
    public static DiskRecord ForHead(string name, string parent, DateTimeOffset now) => new(name, parent, false, false, TimeText(now), null);

    public static string TimeText(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    /// <exception cref="Core.AnkoleException">The bytes are no JSON object of this shape.</exception>
    public static DiskRecord Parse(ReadOnlySpan<byte> json, string path)
    {
        var fields = new MetaReader(json, path);
        return new DiskRecord(
            fields.Text("Name"), fields.Text("Parent"), fields.Flag("Removed"), fields.Flag("UserCreated"), fields.Text("Created"),
            fields.Labels("Labels"));
    }

    public byte[] ToBytes()
    {
        var writer = new MetaWriter();
        writer.Text("Name", Name);
        writer.Text("Parent", Parent);
        writer.Flag("Removed", Removed);
        writer.Flag("UserCreated", UserCreated);
        writer.Text("Created", Created);
        writer.Labels("Labels", Labels);
        return writer.Finish();
    }
}
