namespace Ankole.Server;

/// <summary>Lets nothing through that shows no valid credentials, but for endpoints marked <see cref="AnonymousEndpoint"/>.</summary>
internal sealed class AuthenticationMiddleware(
    RequestDelegate next, IEnumerable<IRequestAuthenticator> ways, FailureLimiter limiter, ILogger<AuthenticationMiddleware> logger)
{
    private readonly IRequestAuthenticator[] ways = [.. ways];

    public async Task InvokeAsync(HttpContext context)
    {
        if (context.GetEndpoint()?.Metadata.GetMetadata<AnonymousEndpoint>() is not null || IsAuthenticated(context, out var isWrong))
        {
            await next(context);
            return;
        }
        if (isWrong && !limiter.TryFail(context.Connection.RemoteIpAddress))
        {
            context.Response.Headers.Connection = "close";
            await JsonAnswer.WriteStatusAsync(context, new ApiStatus(429, "TooManyRequests", "too many wrong credentials from this address: wait a minute.") { RetryAfterSeconds = 60 });
            return;
        }
        if (isWrong)
            Log.WrongCredentials(logger, context.Connection.RemoteIpAddress?.ToString() ?? "?");
        context.Response.Headers.WWWAuthenticate = "Bearer";
        await JsonAnswer.WriteStatusAsync(context, new ApiStatus(401, "Unauthorized", "a valid token is needed: it is in the file 'token' of the daemon's data folder."));
    }

    private bool IsAuthenticated(HttpContext context, out bool isWrong)
    {
        isWrong = false;
        foreach (var way in ways)
        {
            var found = way.Check(context);
            if (found == Credentials.Valid)
                return true;
            isWrong |= found == Credentials.Wrong;
        }
        return false;
    }
}
