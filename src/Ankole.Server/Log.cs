namespace Ankole.Server;

internal static partial class Log
{
    [LoggerMessage(EventId = 5001, Level = LogLevel.Error, Message =
        "Secret {Namespace}/{Name}: the value of '{Key}' cannot be decrypted: the key ring is not the one it was encrypted with. Write the value again.")]
    public static partial void SecretUnreadable(ILogger logger, string @namespace, string name, string key, Exception e);

    [LoggerMessage(EventId = 5002, Level = LogLevel.Error, Message = "Deleting what belonged to the deleted resource of uid {Uid} failed; it is tried again")]
    public static partial void CollectionFailed(ILogger logger, string uid, Exception e);

    [LoggerMessage(EventId = 5003, Level = LogLevel.Error, Message = "{Method} {Path} failed unexpectedly (request {RequestId})")]
    public static partial void RequestFailed(ILogger logger, string method, string path, string requestId, Exception e);

    [LoggerMessage(EventId = 5004, Level = LogLevel.Warning, Message = "Wrong credentials from {Address}")]
    public static partial void WrongCredentials(ILogger logger, string address);

    [LoggerMessage(EventId = 5005, Level = LogLevel.Information, Message = "Serving {Addresses}; the token is in {TokenFile}, data in {Data}")]
    public static partial void Serving(ILogger logger, string addresses, string tokenFile, string data);

    [LoggerMessage(EventId = 5006, Level = LogLevel.Warning, Message = "The service manager could not be told through {Socket}")]
    public static partial void NotifyFailed(ILogger logger, string socket, Exception e);
}
