namespace Ankole.Nfs;

/// <summary>What SETATTR, CREATE and OPEN can give a file (RFC 8881, section 5.5: the writable attributes). Null leaves it to the server.</summary>
internal readonly record struct FileAttributesToSet(long? Size = null, uint? Mode = null, DateTimeOffset? TimeModify = null)
{
    /// <summary><c>SET_TO_CLIENT_TIME4</c>.</summary>
    private const uint SetToClientTime = 1;

    /// <summary>A <c>fattr4</c>: the bitmap, then the values in the order of their numbers.</summary>
    public void Write(XdrWriter writer)
    {
        var set = (Size is null ? 0 : AttributeSet.Size)
            | (Mode is null ? 0 : AttributeSet.Mode)
            | (TimeModify is null ? 0 : AttributeSet.TimeModifySet);
        NfsAttributes.WriteBitmap(writer, set);
        writer.WriteUInt32((uint)((Size is null ? 0 : 8) + (Mode is null ? 0 : 4) + (TimeModify is null ? 0 : 16)));
        if (Size is { } size)
            writer.WriteUInt64((ulong)size);
        if (Mode is { } mode)
            writer.WriteUInt32(mode);
        if (TimeModify is { } time)
        {
            writer.WriteUInt32(SetToClientTime);
            writer.WriteInt64(time.ToUnixTimeSeconds());
            writer.WriteUInt32((uint)(time.Ticks % TimeSpan.TicksPerSecond * 100));
        }
    }
}
