using Ankole.Core;

namespace Ankole.Nbd;

/// <summary>The other side sent bytes that the NBD protocol does not allow. The connection cannot go on.</summary>
public sealed class NbdProtocolException(string message, Exception? innerException = null)
    : AnkoleException(ErrorKind.Failed, message, innerException);
