namespace Ankole.Nfs;

/// <summary>
/// What precedes every call: the record mark (RFC 5531, section 11) and the call's header (section 9). The mark and the xid are filled in
/// when the call is sent, because a repeated call gets a new xid.
/// </summary>
internal static class RpcCallHeader
{
    public const uint NfsProgram = 100003;
    public const uint NfsVersion = 4;

    private const uint RpcVersion = 2;
    private const uint Call = 0;
    private const uint AuthNone = 0;
    private const uint LastFragment = 0x8000_0000;

    private const int MarkOffset = 0;
    private const int XidOffset = 4;

    public static void Write(XdrWriter writer, uint procedure, AuthSys? credential)
    {
        writer.WriteUInt32(0); // record mark
        writer.WriteUInt32(0); // xid
        writer.WriteUInt32(Call);
        writer.WriteUInt32(RpcVersion);
        writer.WriteUInt32(NfsProgram);
        writer.WriteUInt32(NfsVersion);
        writer.WriteUInt32(procedure);
        if (credential is null)
            WriteNoAuthentication(writer);
        else
            credential.Write(writer);
        WriteNoAuthentication(writer); // verifier
    }

    /// <summary>One record of one fragment: the mark is the length of what follows it, with the highest bit set.</summary>
    public static void Complete(XdrWriter writer, uint xid)
    {
        writer.PatchUInt32(MarkOffset, (uint)(writer.Length - 4) | LastFragment);
        writer.PatchUInt32(XidOffset, xid);
    }

    private static void WriteNoAuthentication(XdrWriter writer)
    {
        writer.WriteUInt32(AuthNone);
        writer.WriteUInt32(0);
    }
}
