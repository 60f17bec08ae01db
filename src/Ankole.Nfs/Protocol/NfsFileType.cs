namespace Ankole.Nfs;

/// <summary><c>nfs_ftype4</c> (RFC 8881, section 3.3; numbers from RFC 5662).</summary>
public enum NfsFileType
{
    Unknown = 0,
    Regular = 1,
    Directory = 2,
    BlockDevice = 3,
    CharacterDevice = 4,
    Symlink = 5,
    Socket = 6,
    Fifo = 7,
}
