using Ankole.Core;

namespace Ankole.Nfs;

/// <summary>The server's RPC layer refused the call; repeating it changes nothing (RFC 5531, section 9).</summary>
internal sealed class RpcRejectedException(string message) : AnkoleException(ErrorKind.Unavailable, message);
