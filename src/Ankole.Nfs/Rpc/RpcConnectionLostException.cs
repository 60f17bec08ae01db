using Ankole.Core;

namespace Ankole.Nfs;

/// <summary>The connection ended before the reply came: whether the call was carried out is not known.</summary>
internal sealed class RpcConnectionLostException(string message, Exception? innerException = null)
    : AnkoleException(ErrorKind.Unavailable, message, innerException);
