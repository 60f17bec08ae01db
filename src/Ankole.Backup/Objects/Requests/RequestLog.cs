using Microsoft.Extensions.Logging;

namespace Ankole.Backup;

internal static partial class RequestLog
{
    [LoggerMessage(EventId = 3101, Level = LogLevel.Warning, Message = "{Store}: attempt {Attempt} to {Action} {What} failed, trying again: {Reason}")]
    public static partial void TryingAgain(ILogger logger, string action, string what, string store, int attempt, string reason);
}
