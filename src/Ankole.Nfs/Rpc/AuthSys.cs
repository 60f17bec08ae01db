using System.Runtime.InteropServices;

namespace Ankole.Nfs;

/// <summary>Who a request is from, as the server's file permissions see it: AUTH_SYS (RFC 5531, section 14 and appendix A).</summary>
public sealed record AuthSys(uint UserId, uint GroupId, IReadOnlyList<uint> AuxiliaryGroupIds, string MachineName)
{
    public const uint Flavor = 1;

    /// <summary><c>gids&lt;16&gt;</c>: what does not fit is not sent.</summary>
    public const int MaxAuxiliaryGroups = 16;

    private const int MaxMachineNameBytes = 255;

    /// <summary>The user and group that this process acts as, without auxiliary groups.</summary>
    public static AuthSys OfThisProcess() => new(UserIdentity.EffectiveUserId(), UserIdentity.EffectiveGroupId(), [], Environment.MachineName);

    /// <summary>The body of the credential: an opaque of at most 400 bytes.</summary>
    internal void Write(XdrWriter writer)
    {
        using var body = new XdrWriter(MaxMachineNameBytes + 128);
        body.WriteUInt32(0); // stamp: any number
        body.WriteString(MachineName.Length <= MaxMachineNameBytes / 4 ? MachineName : MachineName[..(MaxMachineNameBytes / 4)]);
        body.WriteUInt32(UserId);
        body.WriteUInt32(GroupId);
        var groups = Math.Min(AuxiliaryGroupIds.Count, MaxAuxiliaryGroups);
        body.WriteUInt32((uint)groups);
        for (var i = 0; i < groups; i++)
            body.WriteUInt32(AuxiliaryGroupIds[i]);
        writer.WriteUInt32(Flavor);
        writer.WriteOpaque(body.Written.Span);
    }
}

internal static partial class UserIdentity
{
    [LibraryImport("libc", EntryPoint = "geteuid")]
    public static partial uint EffectiveUserId();

    [LibraryImport("libc", EntryPoint = "getegid")]
    public static partial uint EffectiveGroupId();
}
