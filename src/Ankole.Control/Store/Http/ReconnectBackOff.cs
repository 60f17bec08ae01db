using Ankole.Core;

namespace Ankole.Control;

/// <summary>Pauses that double between attempts to come back to a server, and the moment to give up.</summary>
/// <param name="patience">Infinite: never.</param>
internal sealed class ReconnectBackOff(TimeSpan patience, TimeProvider time)
{
    private static readonly TimeSpan First = TimeSpan.FromMilliseconds(200), Longest = TimeSpan.FromSeconds(5);

    private TimeSpan pause = First;
    private long? unreachableSince;

    /// <summary>The server answers again.</summary>
    public void Reset()
    {
        pause = First;
        unreachableSince = null;
    }

    /// <summary>Null, after a pause, when the server could not be reached and patience is left.</summary>
    /// <exception cref="AnkoleException">It refused, or could not be reached for too long.</exception>
    public async Task<T?> TryAsync<T>(Func<CancellationToken, Task<T>> open, CancellationToken cancellationToken) where T : class
    {
        try
        {
            var opened = await open(cancellationToken);
            unreachableSince = null;
            return opened;
        }
        catch (RemoteApiException e) when (e.Code == 410)
        {
            throw new ResourceExpiredException("The version watched from");
        }
        catch (AnkoleException e) when (e.Kind == ErrorKind.Unavailable && e is not RemoteApiException { Code: 401 or 429 } && IsPatient())
        {
            await PauseAsync(cancellationToken);
            return null;
        }
    }

    public async Task PauseAsync(CancellationToken cancellationToken)
    {
        await Task.Delay(pause, time, cancellationToken);
        pause = pause * 2 < Longest ? pause * 2 : Longest;
    }

    private bool IsPatient()
    {
        unreachableSince ??= time.GetTimestamp();
        return patience == Timeout.InfiniteTimeSpan || time.GetElapsedTime(unreachableSince.Value) < patience;
    }
}
