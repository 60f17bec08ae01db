using Microsoft.Extensions.Logging;

namespace Ankole.Control;

internal static partial class JobLog
{
    [LoggerMessage(EventId = 4101, Level = LogLevel.Information, Message = "Job {Job}: run {Run} for {Tick:u} begins on {Volumes} volumes")]
    public static partial void RunBegins(ILogger logger, string job, long run, DateTimeOffset tick, int volumes);

    [LoggerMessage(EventId = 4102, Level = LogLevel.Information, Message = "Job {Job}: run {Run} is continued where it was interrupted")]
    public static partial void RunContinues(ILogger logger, string job, long run);

    [LoggerMessage(EventId = 4103, Level = LogLevel.Information, Message = "Job {Job}: run {Run} has ended: {Succeeded} done, {Failed} failed, {Skipped} skipped")]
    public static partial void RunEnded(ILogger logger, string job, long run, int succeeded, int failed, int skipped);

    [LoggerMessage(EventId = 4104, Level = LogLevel.Warning, Message = "Job {Job}, volume {Volume}: {Reason}")]
    public static partial void VolumeFailed(ILogger logger, string job, string volume, string reason, Exception exception);

    [LoggerMessage(EventId = 4105, Level = LogLevel.Warning, Message = "Job {Job}, volume {Volume}: attempt {Attempt} of backup {Backup} failed, the next follows in {PauseSeconds} s: {Reason}")]
    public static partial void BackupAttemptFailed(ILogger logger, string job, string volume, int attempt, string backup, double pauseSeconds, string reason);

    [LoggerMessage(EventId = 4106, Level = LogLevel.Warning, Message = "Job {Job}, volume {Volume}: old results could not be deleted now, the next run tries again")]
    public static partial void PruningFailed(ILogger logger, string job, string volume, Exception exception);

    [LoggerMessage(EventId = 4107, Level = LogLevel.Information, Message = "Job {Job}, volume {Volume}: {Kind} {Name} is deleted ({Reason})")]
    public static partial void Pruned(ILogger logger, string job, string volume, string kind, string name, string reason);

    [LoggerMessage(EventId = 4108, Level = LogLevel.Warning, Message = "Job {Job}: the status of run {Run} could not be written, it is tried again")]
    public static partial void StatusNotWritten(ILogger logger, string job, long run, Exception exception);

    [LoggerMessage(EventId = 4109, Level = LogLevel.Warning, Message = "Watching {Kind} failed, it is tried again")]
    public static partial void WatchFailed(ILogger logger, string kind, Exception exception);

    [LoggerMessage(EventId = 4110, Level = LogLevel.Error, Message = "Job {Job}: run {Run} broke off, it is continued later")]
    public static partial void RunBroke(ILogger logger, string job, long run, Exception exception);
}
