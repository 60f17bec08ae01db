using Microsoft.Extensions.Logging;

namespace Ankole.Control;

internal static partial class EventLog
{
    [LoggerMessage(EventId = 4151, Level = LogLevel.Warning, Message = "Event {Reason} about {Kind} {Name} was dropped: more happens than can be written")]
    public static partial void Dropped(ILogger logger, string kind, string name, string reason);

    [LoggerMessage(EventId = 4152, Level = LogLevel.Warning, Message = "Event {Reason} about {Kind} {Name} could not be written")]
    public static partial void NotWritten(ILogger logger, string kind, string name, string reason, Exception exception);
}
