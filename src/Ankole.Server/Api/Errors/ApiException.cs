using Ankole.Core;

namespace Ankole.Server;

/// <summary>A request that is answered with a Kubernetes Status.</summary>
/// <param name="code">The HTTP status code.</param>
/// <param name="reason">Kubernetes' word for it: NotFound, BadRequest …</param>
internal sealed class ApiException(int code, string reason, string message, Exception? innerException = null)
    : AnkoleException(ErrorKind.InvalidInput, message, innerException)
{
    public int Code { get; } = code;

    public string Reason { get; } = reason;

    public static ApiException BadRequest(string message, Exception? innerException = null) => new(400, "BadRequest", message, innerException);

    public static ApiException NotFound(string path) => new(404, "NotFound", $"there is nothing at {path}: /api and /apis list what there is.");

    public static ApiException MethodNotAllowed(string method, string path) => new(405, "MethodNotAllowed", $"{method} is not possible on {path}.");

    public static ApiException UnsupportedMediaType(string message) => new(415, "UnsupportedMediaType", message);
}
