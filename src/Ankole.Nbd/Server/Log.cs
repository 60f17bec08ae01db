using Microsoft.Extensions.Logging;

namespace Ankole.Nbd;

internal static partial class Log
{
    [LoggerMessage(EventId = 3001, Level = LogLevel.Information, Message = "NBD server listens on {Address}")]
    public static partial void Listening(ILogger logger, NbdAddress address);

    [LoggerMessage(EventId = 3002, Level = LogLevel.Information, Message = "NBD server on {Address} stopped")]
    public static partial void Stopped(ILogger logger, NbdAddress address);

    [LoggerMessage(EventId = 3003, Level = LogLevel.Warning, Message = "NBD {Address}: turned a client away, {Count} are connected, which is the limit")]
    public static partial void TooManyConnections(ILogger logger, NbdAddress address, int count);

    [LoggerMessage(EventId = 3004, Level = LogLevel.Warning, Message = "NBD {Address}: cannot accept a connection, trying again")]
    public static partial void AcceptFailed(ILogger logger, NbdAddress address, Exception exception);

    [LoggerMessage(EventId = 3005, Level = LogLevel.Debug, Message = "NBD connection {Connection}: uses export '{Export}', {Style} replies")]
    public static partial void TransmissionStarted(ILogger logger, long connection, string export, NbdReplyStyle style);

    [LoggerMessage(EventId = 3006, Level = LogLevel.Debug, Message = "NBD connection {Connection}: ended")]
    public static partial void ConnectionEnded(ILogger logger, long connection);

    [LoggerMessage(EventId = 3007, Level = LogLevel.Debug, Message = "NBD connection {Connection}: the client left without saying so: {Reason}")]
    public static partial void ConnectionLost(ILogger logger, long connection, string reason);

    [LoggerMessage(EventId = 3008, Level = LogLevel.Warning, Message = "NBD connection {Connection}: closed: {Reason}")]
    public static partial void ConnectionRefused(ILogger logger, long connection, string reason);

    [LoggerMessage(EventId = 3009, Level = LogLevel.Error, Message = "NBD connection {Connection}: {Command} of {Length} bytes at {Offset} of export '{Export}' failed")]
    public static partial void RequestFailed(
        ILogger logger, long connection, NbdCommand command, ulong length, ulong offset, string export, Exception exception);

    [LoggerMessage(EventId = 3010, Level = LogLevel.Error, Message = "NBD connection {Connection}: ended by an unexpected error")]
    public static partial void ConnectionFailed(ILogger logger, long connection, Exception exception);

    [LoggerMessage(EventId = 3011, Level = LogLevel.Warning, Message = "NBD server on {Address}: requests still in flight after {Timeout} were dropped")]
    public static partial void ShutdownTimedOut(ILogger logger, NbdAddress address, TimeSpan timeout);

    [LoggerMessage(EventId = 3012, Level = LogLevel.Information, Message = "NBD {Address}: another server uses the path now, its socket stays")]
    public static partial void SocketTakenOver(ILogger logger, NbdAddress address);
}
