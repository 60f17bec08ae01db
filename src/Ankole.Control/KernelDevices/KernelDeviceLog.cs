using Microsoft.Extensions.Logging;

namespace Ankole.Control;

internal static partial class KernelDeviceLog
{
    [LoggerMessage(EventId = 4801, Level = LogLevel.Information, Message = "Volume {Volume}: /dev/nbd{Index} is connected")]
    public static partial void Connected(ILogger logger, string volume, int index);

    [LoggerMessage(EventId = 4802, Level = LogLevel.Information, Message = "Volume {Volume}: /dev/nbd{Index}, left by an earlier process, is served again")]
    public static partial void Adopted(ILogger logger, string volume, int index);

    [LoggerMessage(EventId = 4803, Level = LogLevel.Information, Message = "Volume {Volume}: /dev/nbd{Index} is disconnected")]
    public static partial void Disconnected(ILogger logger, string volume, int index);

    [LoggerMessage(EventId = 4804, Level = LogLevel.Warning, Message = "Volume {Volume}: its device stays while this daemon is stopped: {Reason}")]
    public static partial void Stays(ILogger logger, string volume, string reason);

    [LoggerMessage(EventId = 4805, Level = LogLevel.Warning, Message = "Volume {Volume}: /dev/nbd{Index} lost its connection, which is made again")]
    public static partial void LinkDied(ILogger logger, string volume, int index);

    [LoggerMessage(EventId = 4806, Level = LogLevel.Warning, Message = "Volume {Volume}: no block device: {Reason}")]
    public static partial void Failed(ILogger logger, string volume, string reason);

    [LoggerMessage(EventId = 4807, Level = LogLevel.Error, Message = "Volume {Volume}: /dev/nbd{Index} cannot be connected again: {Reason}")]
    public static partial void NotHealed(ILogger logger, string volume, int index, string reason);

    [LoggerMessage(EventId = 4808, Level = LogLevel.Warning, Message = "The kernel's news of lost connections cannot be read: {Reason}")]
    public static partial void CannotHear(ILogger logger, string reason);
}
