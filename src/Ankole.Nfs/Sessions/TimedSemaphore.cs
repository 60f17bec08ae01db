namespace Ankole.Nfs;

/// <summary>Waiting for a semaphore within a time that the client's clock measures, as every other wait here.</summary>
internal static class TimedSemaphore
{
    /// <returns>False when the time was over before.</returns>
    public static async ValueTask<bool> WaitAsync(this SemaphoreSlim semaphore, TimeSpan timeout, TimeProvider time, CancellationToken cancellationToken)
    {
        if (semaphore.Wait(0, cancellationToken))
            return true;
        using var limit = new CancellationTokenSource(timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            await semaphore.WaitAsync(either.Token);
            return true;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }
}
