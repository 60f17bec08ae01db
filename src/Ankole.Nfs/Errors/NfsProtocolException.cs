using Ankole.Core;

namespace Ankole.Nfs;

/// <summary>The server sent bytes that the protocol does not allow. The connection they came over is of no more use.</summary>
public sealed class NfsProtocolException(string message, Exception? innerException = null)
    : AnkoleException(ErrorKind.Failed, message, innerException);
