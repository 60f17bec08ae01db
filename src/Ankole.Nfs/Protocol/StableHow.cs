namespace Ankole.Nfs;

/// <summary><c>stable_how4</c> (RFC 8881, section 18.32): how far written bytes have got when the server answers.</summary>
internal enum StableHow
{
    /// <summary>Perhaps only in the server's memory: a COMMIT must follow.</summary>
    Unstable = 0,
    DataSync = 1,
    FileSync = 2,
}
