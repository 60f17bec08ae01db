namespace Ankole.Server;

/// <summary>Where the daemon's log goes and what is in it.</summary>
internal static class ServerLogging
{
    private const string UtcTimestamp = "yyyy-MM-dd'T'HH:mm:ss.fff'Z' ";

    public static void Add(ILoggingBuilder logging, LogFormat format)
    {
        logging.ClearProviders();
        logging.SetMinimumLevel(LogLevel.Information);
        logging.AddFilter("Microsoft", LogLevel.Warning);
        logging.AddFilter("System", LogLevel.Warning);
        // It warns that keys lie in files without further encryption: the data folder is for the daemon's user alone, as Secrets' keys must be somewhere.
        logging.AddFilter("Microsoft.AspNetCore.DataProtection", LogLevel.Error);
        switch (format)
        {
            case LogFormat.Json:
                logging.AddJsonConsole(console => (console.UseUtcTimestamp, console.TimestampFormat, console.IncludeScopes) = (true, UtcTimestamp.TrimEnd(), true));
                break;
            case LogFormat.Systemd:
                logging.AddSystemdConsole(console => console.IncludeScopes = false);
                break;
            default:
                logging.AddSimpleConsole(console => (console.UseUtcTimestamp, console.TimestampFormat, console.SingleLine) = (true, UtcTimestamp, true));
                break;
        }
    }
}
