namespace Ankole.Backup;

/// <summary>Two parts of one operation at the same time.</summary>
internal static class SideBySide
{
    /// <summary>When one part fails, the other is cancelled and waited for; the first failure is thrown.</summary>
    public static async Task<T> RunAsync<T>(
        Func<CancellationToken, Task> first, Func<CancellationToken, Task<T>> second, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var one = first(stop.Token);
        var two = second(stop.Token);
        var earlier = await Task.WhenAny(one, two);
        if (!earlier.IsCompletedSuccessfully)
            await stop.CancelAsync();
        await Task.WhenAll(one, two).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await earlier;
        await one;
        return await two;
    }
}
