namespace Ankole.Nfs;

/// <summary>Attributes of a file as the server told them (<c>fattr4</c>, RFC 8881, sections 3.3.7 and 5). What it left out is null.</summary>
internal sealed class NfsAttributes
{
    private const int MaxBitmapWords = 8;
    private const int MaxNameBytes = 1024;

    /// <summary>All attributes this client asks for take less than this, two owner names included.</summary>
    private const int MaxValueBytes = 4096;

    public AttributeSet Present { get; private set; }

    public NfsFileType? Type { get; private set; }

    public ulong? Change { get; private set; }

    public ulong? Size { get; private set; }

    public bool? LinkSupport { get; private set; }

    public (ulong Major, ulong Minor)? FsId { get; private set; }

    public TimeSpan? LeaseTime { get; private set; }

    /// <summary>Why a listing could not tell this entry's attributes.</summary>
    public NfsStatus? RdAttrError { get; private set; }

    public ulong? FileId { get; private set; }

    public uint? MaxName { get; private set; }

    public ulong? MaxRead { get; private set; }

    public ulong? MaxWrite { get; private set; }

    public uint? Mode { get; private set; }

    public uint? NumLinks { get; private set; }

    public string? Owner { get; private set; }

    public string? OwnerGroup { get; private set; }

    public ulong? SpaceAvail { get; private set; }

    public ulong? SpaceFree { get; private set; }

    public ulong? SpaceTotal { get; private set; }

    public DateTimeOffset? TimeModify { get; private set; }

    /// <exception cref="NfsProtocolException">The values are cut short, or hold an attribute nobody asked for (its length would be a guess).</exception>
    public static NfsAttributes Read(ref XdrReader reader)
    {
        var attributes = new NfsAttributes { Present = ReadBitmap(ref reader) };
        var values = new XdrReader(reader.ReadOpaque(MaxValueBytes));
        for (var bit = 0; bit < 64; bit++)
        {
            var attribute = (AttributeSet)(1UL << bit);
            if ((attributes.Present & attribute) != 0)
                attributes.ReadValue(attribute, bit, ref values);
        }
        if (values.Remaining != 0)
            throw new NfsProtocolException($"the server sent {values.Remaining} bytes after the last attribute it named");
        return attributes;
    }

    public static AttributeSet ReadBitmap(ref XdrReader reader)
    {
        var words = reader.ReadCount(MaxBitmapWords, "attribute bitmap words");
        var set = 0UL;
        for (var i = 0; i < words; i++)
        {
            var word = reader.ReadUInt32();
            if (i < 2)
                set |= (ulong)word << (32 * i);
            else if (word != 0)
                throw new NfsProtocolException($"the server sent attributes that were not asked for (bitmap word {i} is 0x{word:x8})");
        }
        return (AttributeSet)set;
    }

    public static void WriteBitmap(XdrWriter writer, AttributeSet set)
    {
        var high = (uint)((ulong)set >> 32);
        writer.WriteUInt32(high != 0 ? 2u : 1u);
        writer.WriteUInt32((uint)set);
        if (high != 0)
            writer.WriteUInt32(high);
    }

    private void ReadValue(AttributeSet attribute, int number, ref XdrReader values)
    {
        switch (attribute)
        {
            case AttributeSet.Type: Type = (NfsFileType)values.ReadUInt32(); break;
            case AttributeSet.Change: Change = values.ReadUInt64(); break;
            case AttributeSet.Size: Size = values.ReadUInt64(); break;
            case AttributeSet.LinkSupport: LinkSupport = values.ReadBool(); break;
            case AttributeSet.FsId: FsId = (values.ReadUInt64(), values.ReadUInt64()); break;
            case AttributeSet.LeaseTime: LeaseTime = TimeSpan.FromSeconds(values.ReadUInt32()); break;
            case AttributeSet.RdAttrError: RdAttrError = (NfsStatus)values.ReadUInt32(); break;
            case AttributeSet.FileId: FileId = values.ReadUInt64(); break;
            case AttributeSet.MaxName: MaxName = values.ReadUInt32(); break;
            case AttributeSet.MaxRead: MaxRead = values.ReadUInt64(); break;
            case AttributeSet.MaxWrite: MaxWrite = values.ReadUInt64(); break;
            case AttributeSet.Mode: Mode = values.ReadUInt32(); break;
            case AttributeSet.NumLinks: NumLinks = values.ReadUInt32(); break;
            case AttributeSet.Owner: Owner = values.ReadString(MaxNameBytes); break;
            case AttributeSet.OwnerGroup: OwnerGroup = values.ReadString(MaxNameBytes); break;
            case AttributeSet.SpaceAvail: SpaceAvail = values.ReadUInt64(); break;
            case AttributeSet.SpaceFree: SpaceFree = values.ReadUInt64(); break;
            case AttributeSet.SpaceTotal: SpaceTotal = values.ReadUInt64(); break;
            case AttributeSet.TimeModify: TimeModify = ReadTime(ref values); break;
            default: throw new NfsProtocolException($"the server sent attribute {number}, which was not asked for");
        }
    }

    /// <summary><c>nfstime4</c>: seconds since 1970 and nanoseconds. A time that .NET cannot hold becomes its nearest one.</summary>
    private static DateTimeOffset ReadTime(ref XdrReader values)
    {
        var seconds = values.ReadInt64();
        var nanoseconds = values.ReadUInt32();
        if (nanoseconds >= 1_000_000_000)
            throw new NfsProtocolException($"the server sent a time with {nanoseconds} nanoseconds");
        var bounded = Math.Clamp(seconds, DateTimeOffset.MinValue.ToUnixTimeSeconds(), DateTimeOffset.MaxValue.ToUnixTimeSeconds());
        return DateTimeOffset.FromUnixTimeSeconds(bounded).AddTicks(nanoseconds / 100);
    }
}
