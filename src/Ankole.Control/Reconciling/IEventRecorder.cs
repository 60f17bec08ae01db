namespace Ankole.Control;

/// <summary>Tells people what happened. Recording never fails its caller.</summary>
public interface IEventRecorder
{
    /// <param name="reason">One CamelCase word.</param>
    /// <param name="message">A sentence. Secrets in it are hidden before anybody sees it.</param>
    /// <param name="warning">True for what a person should look at.</param>
    /// <param name="component">Who says it: the reconciler's name.</param>
    ValueTask RecordAsync(Resource about, bool warning, string reason, string message, string component, CancellationToken cancellationToken);
}
