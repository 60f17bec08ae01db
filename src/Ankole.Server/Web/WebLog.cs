using System.Net;

namespace Ankole.Server.Web;

internal static partial class WebLog
{
    [LoggerMessage(EventId = 4501, Level = LogLevel.Warning, Message = "How full the host is could not be noted: {Reason}")]
    public static partial void SpaceNotNoted(ILogger logger, string reason);

    [LoggerMessage(EventId = 4502, Level = LogLevel.Information, Message = "Somebody signed in to the web UI from {Address}")]
    public static partial void SignedIn(ILogger logger, IPAddress? address);

    [LoggerMessage(EventId = 4503, Level = LogLevel.Warning, Message = "A sign-in to the web UI from {Address} was refused")]
    public static partial void SignInRefused(ILogger logger, IPAddress? address);

    [LoggerMessage(EventId = 4504, Level = LogLevel.Warning,
        Message = "A session that was signed out could not be kept as ended, so its cookie is good again if the daemon starts anew before {Expires:u}: {Reason}")]
    public static partial void SessionEndNotKept(ILogger logger, DateTimeOffset expires, string reason);
}
