namespace Ankole.Nfs;

/// <summary>What the server would let this user do (ACCESS, RFC 8881, section 18.1).</summary>
[Flags]
public enum NfsAccess
{
    None = 0,
    Read = 0x01,
    Lookup = 0x02,
    Modify = 0x04,
    Extend = 0x08,
    Delete = 0x10,
    Execute = 0x20,
}
