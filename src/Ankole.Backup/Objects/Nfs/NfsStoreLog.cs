using Microsoft.Extensions.Logging;

namespace Ankole.Backup;

internal static partial class NfsStoreLog
{
    [LoggerMessage(EventId = 3201, Level = LogLevel.Warning, Message = "{Store}: {Note}")]
    public static partial void Note(ILogger logger, string store, string note);
}
