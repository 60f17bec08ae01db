using Ankole.Core;

namespace Ankole.Nbd;

/// <summary>The server answered a request with an error.</summary>
public sealed class NbdServerException : AnkoleException
{
    internal NbdServerException(string what, NbdError error, string message)
        : base(KindOf(error), $"{what} failed: {TextOf(error)}{(message.Length > 0 ? $" (the server says: {message})" : "")}")
    {
        Error = error;
    }

    internal NbdError Error { get; }

    /// <summary>The number on the wire, one of the protocol's "Error values".</summary>
    public int Number => (int)Error;

    public override bool IsOutOfSpace => Error == NbdError.ENOSPC;

    private static ErrorKind KindOf(NbdError error) => error switch
    {
        NbdError.EPERM => ErrorKind.Refused,
        NbdError.ENOSPC or NbdError.ESHUTDOWN or NbdError.ENOMEM => ErrorKind.Unavailable,
        _ => ErrorKind.Failed,
    };

    private static string TextOf(NbdError error) => error switch
    {
        NbdError.EPERM => "the export is read-only",
        NbdError.EIO => "input/output error on the server",
        NbdError.ENOSPC => "no space left on the server",
        NbdError.ESHUTDOWN => "the server is stopping",
        _ => $"NBD error {error} ({(uint)error})",
    };
}
