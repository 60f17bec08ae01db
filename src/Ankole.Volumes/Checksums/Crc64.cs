namespace Ankole.Volumes;

/// <summary>
/// CRC-64/GO-ISO: reflected, polynomial 0xD800000000000000, initial value and final exclusive-or all ones; <c>123456789</c> gives
/// <c>b90956c775a41001</c> (Longhorn replica format, section 13).
/// </summary>
internal struct Crc64
{
    private const ulong Polynomial = 0xD800000000000000;

    private static readonly ulong[][] Tables = MakeTables();

    private ulong register;

    public static Crc64 Start() => new() { register = ulong.MaxValue };

    public readonly ulong Value => ~register;

    public void Append(ReadOnlySpan<byte> bytes)
    {
        var value = register;
        // Eight bytes a step, each through its own table ("slicing by eight").
        while (bytes.Length >= 8)
        {
            value ^= System.Buffers.Binary.BinaryPrimitives.ReadUInt64LittleEndian(bytes);
            value = Tables[7][(byte)value] ^ Tables[6][(byte)(value >> 8)] ^ Tables[5][(byte)(value >> 16)] ^ Tables[4][(byte)(value >> 24)]
                ^ Tables[3][(byte)(value >> 32)] ^ Tables[2][(byte)(value >> 40)] ^ Tables[1][(byte)(value >> 48)] ^ Tables[0][value >> 56];
            bytes = bytes[8..];
        }
        foreach (var b in bytes)
            value = Tables[0][(byte)(value ^ b)] ^ (value >> 8);
        register = value;
    }

    /// <summary>As appending that many zero bytes, in time that grows with the number's digits: the holes of a sparse file.</summary>
    public void AppendZeros(long count)
    {
        // Each zero byte multiplies the register by x^8 modulo the polynomial.
        var factor = 1UL << 55;
        for (; count > 0; count >>= 1)
        {
            if ((count & 1) != 0)
                register = Multiply(factor, register);
            factor = Multiply(factor, factor);
        }
    }

    /// <summary>The product of two polynomials in reflected bit order (x^0 is the highest bit), modulo the polynomial.</summary>
    private static ulong Multiply(ulong a, ulong b)
    {
        var product = 0UL;
        for (; a != 0; a <<= 1)
        {
            if ((a & (1UL << 63)) != 0)
                product ^= b;
            b = (b & 1) != 0 ? (b >> 1) ^ Polynomial : b >> 1;
        }
        return product;
    }

    private static ulong[][] MakeTables()
    {
        var tables = new ulong[8][];
        tables[0] = new ulong[256];
        for (var i = 0; i < 256; i++)
        {
            var value = (ulong)i;
            for (var bit = 0; bit < 8; bit++)
                value = (value & 1) != 0 ? (value >> 1) ^ Polynomial : value >> 1;
            tables[0][i] = value;
        }
        for (var table = 1; table < 8; table++)
            tables[table] = [.. tables[table - 1].Select(value => tables[0][(byte)value] ^ (value >> 8))];
        return tables;
    }
}
