namespace Ankole.Nbd;

/// <summary>NBD protocol, <c>NBD_REP_INFO</c>.</summary>
internal enum NbdInfoType : ushort
{
    Export = 0,
    Name = 1,
    Description = 2,
    BlockSize = 3,
}
