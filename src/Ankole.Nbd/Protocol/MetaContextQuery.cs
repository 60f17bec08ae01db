using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;

namespace Ankole.Nbd;

/// <summary>
/// The data of <c>NBD_OPT_LIST_META_CONTEXT</c> and <c>NBD_OPT_SET_META_CONTEXT</c>:
/// <code>name length 4 | name | number of queries 4 | (query length 4 | query)…</code>
/// </summary>
internal sealed record MetaContextQuery(string ExportName, IReadOnlyList<string> Queries)
{
    public static bool TryParse(ReadOnlySpan<byte> data, [NotNullWhen(true)] out MetaContextQuery? query)
    {
        query = null;
        if (!TryTakeString(ref data, out var name) || !TryTakeUInt32(ref data, out var count))
            return false;
        // Each query takes at least its length field, so a count that cannot fit is refused before anything is allocated for it.
        if (count > (uint)data.Length / sizeof(uint))
            return false;
        var queries = new string[count];
        for (var i = 0; i < queries.Length; i++)
        {
            if (!TryTakeString(ref data, out var text))
                return false;
            queries[i] = text;
        }
        if (!data.IsEmpty)
            return false;
        query = new MetaContextQuery(name, queries);
        return true;
    }

    private static bool TryTakeString(ref ReadOnlySpan<byte> data, [NotNullWhen(true)] out string? text)
    {
        text = null;
        if (!TryTakeUInt32(ref data, out var length) || length > (uint)data.Length || !NbdText.TryParse(data[..(int)length], out text))
            return false;
        data = data[(int)length..];
        return true;
    }

    private static bool TryTakeUInt32(ref ReadOnlySpan<byte> data, out uint value)
    {
        if (!BinaryPrimitives.TryReadUInt32BigEndian(data, out value))
            return false;
        data = data[sizeof(uint)..];
        return true;
    }
}
