namespace Ankole.Backup;

/// <summary>A lock file: <c>{"Name":"lock-6cf2ec4bbc0243d9","Type":2,"Acquired":true}</c> and, in ours, the holder.</summary>
internal sealed record LockRecord(string Name, LockType Type, bool Acquired, LockHolder Holder)
{
    public static LockRecord Parse(ReadOnlySpan<byte> text, string key)
    {
        var reader = new RecordReader(text, "lock", key);
        var record = new LockRecord("", LockType.Untyped, false, LockHolder.Unknown);
        while (reader.NextField(out var name))
        {
            if (RecordReader.Is(name, "Name"u8))
                record = record with { Name = reader.Text() };
            else if (RecordReader.Is(name, "Type"u8))
                record = record with { Type = (LockType)reader.Integer() };
            else if (RecordReader.Is(name, "Acquired"u8))
                record = record with { Acquired = reader.Boolean() };
            else if (RecordReader.Is(name, "Holder"u8) && reader.EnterObject())
                record = record with { Holder = ParseHolder(ref reader) };
            else
                reader.Skip();
        }
        return record;
    }

    public RecordWriter Write() => new RecordWriter()
        .Raw("{\"Name\":"u8).Text(Name)
        .Raw(",\"Type\":"u8).Integer((int)Type)
        .Raw(",\"Acquired\":"u8).Boolean(Acquired)
        .Raw(",\"Holder\":{\"Host\":"u8).Text(Holder.Host)
        .Raw(",\"Boot\":"u8).Text(Holder.Boot)
        .Raw(",\"PidNamespace\":"u8).Text(Holder.PidNamespace)
        .Raw(",\"Pid\":"u8).Integer(Holder.Pid)
        .Raw(",\"StartTicks\":"u8).Integer(Holder.StartTicks)
        .Raw(",\"Operation\":"u8).Text(Holder.Operation)
        .Raw(",\"Backup\":"u8).Text(Holder.Backup)
        .Raw("}}"u8);

    private static LockHolder ParseHolder(ref RecordReader reader)
    {
        var holder = LockHolder.Unknown;
        while (reader.NextField(out var name))
        {
            if (RecordReader.Is(name, "Host"u8))
                holder = holder with { Host = reader.Text() };
            else if (RecordReader.Is(name, "Boot"u8))
                holder = holder with { Boot = reader.Text() };
            else if (RecordReader.Is(name, "PidNamespace"u8))
                holder = holder with { PidNamespace = reader.Text() };
            else if (RecordReader.Is(name, "Pid"u8))
                holder = holder with { Pid = reader.Integer() };
            else if (RecordReader.Is(name, "StartTicks"u8))
                holder = holder with { StartTicks = reader.Integer() };
            else if (RecordReader.Is(name, "Operation"u8))
                holder = holder with { Operation = reader.Text() };
            else if (RecordReader.Is(name, "Backup"u8))
                holder = holder with { Backup = reader.Text() };
            else
                reader.Skip();
        }
        return holder;
    }
}
