using Microsoft.Extensions.Logging;

namespace Ankole.Nfs;

internal static partial class Log
{
    [LoggerMessage(EventId = 6101, Level = LogLevel.Debug, Message = "Dropped a message of {Bytes} bytes that nobody waits for")]
    public static partial void UnexpectedReply(ILogger logger, int bytes);

    [LoggerMessage(EventId = 6102, Level = LogLevel.Information, Message = "NFS {Server}: session established ({Slots} requests in flight, lease {LeaseSeconds} s)")]
    public static partial void SessionEstablished(ILogger logger, string server, int slots, int leaseSeconds);

    [LoggerMessage(EventId = 6103, Level = LogLevel.Warning, Message = "NFS {Server}: connection lost ({Reason}); connecting again")]
    public static partial void ConnectionLost(ILogger logger, string server, string reason);

    [LoggerMessage(EventId = 6104, Level = LogLevel.Warning, Message = "NFS {Server}: session lost ({Status}); the server was restarted or forgot it. Making a new one")]
    public static partial void SessionLost(ILogger logger, string server, NfsStatus status);

    [LoggerMessage(EventId = 6105, Level = LogLevel.Warning, Message = "NFS {Server}: no answer within {Seconds} s; trying on a new connection")]
    public static partial void NoAnswer(ILogger logger, string server, double seconds);

    [LoggerMessage(EventId = 6106, Level = LogLevel.Information, Message = "NFS {Server}: in its grace period after a restart; waiting")]
    public static partial void WaitingForGrace(ILogger logger, string server);

    [LoggerMessage(EventId = 6107, Level = LogLevel.Debug, Message = "NFS {Server}: the lease was not renewed: {Reason}")]
    public static partial void RenewalFailed(ILogger logger, string server, string reason);

    [LoggerMessage(EventId = 6108, Level = LogLevel.Warning, Message = "NFS {Server}: session status flags 0x{Flags:x}: {Meaning}")]
    public static partial void StatusFlags(ILogger logger, string server, uint flags, string meaning);

    [LoggerMessage(EventId = 6109, Level = LogLevel.Warning, Message = "NFS {Path}: the server lost unstable writes (it was restarted); writing the file again")]
    public static partial void WritingAgain(ILogger logger, string path);

    [LoggerMessage(EventId = 6110, Level = LogLevel.Debug, Message = "NFS {Server}: session not destroyed at the end: {Reason}")]
    public static partial void NotDestroyed(ILogger logger, string server, string reason);

    [LoggerMessage(EventId = 6111, Level = LogLevel.Debug, Message = "NFS {Path}: the temporary file was left behind: {Reason}")]
    public static partial void TemporaryLeft(ILogger logger, string path, string reason);
}
