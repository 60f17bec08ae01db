namespace Ankole.Server;

/// <summary>Reads the fields of one Protocol Buffers message (protobuf.dev, "Encoding"): varints and length-delimited values; others are stepped over.</summary>
internal ref struct ProtobufReader(ReadOnlySpan<byte> message)
{
    private ReadOnlySpan<byte> rest = message;

    public int Field { get; private set; }

    /// <summary>Of a length-delimited field, otherwise empty.</summary>
    public ReadOnlySpan<byte> Bytes { get; private set; }

    /// <returns>False at the message's end.</returns>
    /// <exception cref="ApiException">The bytes are no such message.</exception>
    public bool Read()
    {
        if (rest.IsEmpty)
            return false;
        var tag = Varint();
        Field = (int)(tag >> 3);
        Bytes = [];
        switch (tag & 7)
        {
            case 0:
                Varint();
                break;
            case 1:
                Take(sizeof(ulong));
                break;
            case 2:
                var length = Varint();
                Bytes = Take(length > int.MaxValue ? int.MaxValue : (int)length);
                break;
            case 5:
                Take(sizeof(uint));
                break;
            default:
                throw Malformed();
        }
        return true;
    }

    private ulong Varint()
    {
        ulong value = 0;
        for (var shift = 0; shift < 64; shift += 7)
        {
            var next = Take(1)[0];
            value |= (ulong)(next & 0x7f) << shift;
            if (next < 0x80)
                return value;
        }
        throw Malformed();
    }

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count > rest.Length)
            throw Malformed();
        var taken = rest[..count];
        rest = rest[count..];
        return taken;
    }

    private static ApiException Malformed() => ApiException.BadRequest("the body is no protobuf message of Kubernetes.");
}
