namespace Ankole.Server;

/// <summary>Turns what was thrown into a Status. An error that nobody expected is logged in full and told without its text.</summary>
internal sealed class ErrorMiddleware(RequestDelegate next, ILogger<ErrorMiddleware> logger)
{
    public async Task InvokeAsync(HttpContext context)
    {
        try
        {
            await next(context);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The client went away: there is nobody to answer.
        }
        catch (Exception e) when (!context.Response.HasStarted)
        {
            var status = ApiStatus.Of(e);
            if (status is null)
                Log.RequestFailed(logger, context.Request.Method, context.Request.Path, context.TraceIdentifier, e);
            await JsonAnswer.WriteStatusAsync(context, status ?? ApiStatus.Internal(context.TraceIdentifier));
        }
    }
}
