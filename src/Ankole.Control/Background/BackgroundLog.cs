using Microsoft.Extensions.Logging;

namespace Ankole.Control;

internal static partial class BackgroundLog
{
    [LoggerMessage(EventId = 4201, Level = LogLevel.Warning, Message = "{Work} was told to stop and does not: its end is reported without it")]
    public static partial void DoesNotStop(ILogger logger, string work);

    [LoggerMessage(EventId = 4202, Level = LogLevel.Debug, Message = "{Work}: its progress could not be written: {Reason}")]
    public static partial void ReportFailed(ILogger logger, string work, string reason);

    [LoggerMessage(EventId = 4203, Level = LogLevel.Error, Message = "{Work}: its end could not be written; it is begun again")]
    public static partial void EndFailed(ILogger logger, string work, Exception exception);

    [LoggerMessage(EventId = 4204, Level = LogLevel.Error, Message = "{Work} failed unexpectedly")]
    public static partial void Crashed(ILogger logger, string work, Exception exception);
}
