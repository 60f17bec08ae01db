using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;

namespace Ankole.Nbd;

/// <summary>
/// The data of <c>NBD_OPT_INFO</c> and <c>NBD_OPT_GO</c>:
/// <code>name length 4 | name | number of information requests 2 | (information type 2)…</code>
/// </summary>
internal sealed record GoQuery(string ExportName, IReadOnlySet<NbdInfoType> Requests)
{
    public static bool TryParse(ReadOnlySpan<byte> data, [NotNullWhen(true)] out GoQuery? query)
    {
        query = null;
        if (!BinaryPrimitives.TryReadUInt32BigEndian(data, out var nameLength) || nameLength > (uint)data.Length - 4)
            return false;
        if (!NbdText.TryParse(data.Slice(4, (int)nameLength), out var name))
            return false;
        data = data[(4 + (int)nameLength)..];
        if (!BinaryPrimitives.TryReadUInt16BigEndian(data, out var count) || data.Length != 2 + (count * 2))
            return false;
        var requests = new HashSet<NbdInfoType>();
        for (var i = 0; i < count; i++)
            requests.Add((NbdInfoType)BinaryPrimitives.ReadUInt16BigEndian(data[(2 + (i * 2))..]));
        query = new GoQuery(name, requests);
        return true;
    }
}
