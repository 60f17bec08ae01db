using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Ankole.Control;

namespace Ankole.Server;

/// <summary>
/// Which stored bodies may be shown as they are. A body that this very program wrote is, byte for byte, what it would write after reading it, but for
/// the version that the row holds; one of an earlier program may lack a field or have one too many, and is read and written anew.
/// </summary>
/// <param name="since">Rows after this version were written by this program.</param>
internal sealed class StoredShape(long since)
{
    /// <summary>Of the assembly that says what resources look like: another build has another one.</summary>
    private static long Mark => BinaryPrimitives.ReadInt64LittleEndian(typeof(Resource).Module.ModuleVersionId.ToByteArray());

    /// <summary>Notes in the file which program writes from now on.</summary>
    public static StoredShape Begin(SqliteSession session)
    {
        if (session.Scalar("SELECT value FROM facts WHERE name = 'shape'") != Mark)
        {
            session.Execute("BEGIN IMMEDIATE");
            session.Execute("INSERT OR REPLACE INTO facts VALUES ('shape', $1), ('shape_since', $2)", Mark, RevisionTable.Latest(session));
            session.Execute("COMMIT");
        }
        return new StoredShape(session.Scalar("SELECT value FROM facts WHERE name = 'shape_since'"));
    }

    /// <summary>The body with its version, as <see cref="ResourceKind.ToJson"/> would write the resource; null when it must be read first.</summary>
    /// <remarks>Not for Secrets, whose values are encrypted in the body.</remarks>
    public byte[]? Show(ResourceKind kind, long version, byte[] body)
    {
        var begin = Encoding.UTF8.GetBytes($$"""{"apiVersion":"{{kind.ApiVersion}}","kind":"{{kind.Kind}}","metadata":{""");
        if (version <= since || kind == Kinds.Secret || !body.AsSpan().StartsWith(begin))
            return null;
        var field = Encoding.UTF8.GetBytes($"\"resourceVersion\":\"{version.ToString(CultureInfo.InvariantCulture)}\",");
        return [.. begin, .. field, .. body.AsSpan(begin.Length)];
    }
}
