using Microsoft.Extensions.Logging;

namespace Ankole.Control;

internal static partial class ReconcilingLog
{
    [LoggerMessage(EventId = 4101, Level = LogLevel.Information, Message = "The history of {Kind} is gone: every one of them is looked at again")]
    public static partial void WatchExpired(ILogger logger, ResourceKind kind);

    [LoggerMessage(EventId = 4102, Level = LogLevel.Error, Message = "Watching {Kind} failed; it is tried again")]
    public static partial void WatchFailed(ILogger logger, ResourceKind kind, Exception exception);

    [LoggerMessage(EventId = 4103, Level = LogLevel.Warning, Message = "Reconciler {Reconciler}: {Key} failed and is tried again in {Pause}: {Reason}")]
    public static partial void ReconcileFailed(ILogger logger, string reconciler, ResourceKey key, TimeSpan? pause, string reason);

    [LoggerMessage(EventId = 4104, Level = LogLevel.Error, Message = "Reconciler {Reconciler}: {Key} crashed and is tried again in {Pause}")]
    public static partial void ReconcileCrashed(ILogger logger, string reconciler, ResourceKey key, TimeSpan? pause, Exception exception);
}
