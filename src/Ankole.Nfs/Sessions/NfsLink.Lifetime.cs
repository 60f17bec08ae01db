using Ankole.Core;

namespace Ankole.Nfs;

/// <summary>Keeping the lease while nothing else is sent, and leaving in order.</summary>
internal sealed partial class NfsLink
{
    /// <summary>Leaving is a courtesy to the server: it may not take long.</summary>
    private static readonly TimeSpan LeavingTime = TimeSpan.FromSeconds(2);

    private readonly CancellationTokenSource lifetime = new();
    private Task renewal = Task.CompletedTask;
    private volatile bool isDisposed;

    /// <summary>Begins to renew the lease whenever half of it has gone by without a request (RFC 8881, section 8.3).</summary>
    public void StartRenewal() => renewal = RenewAsync(lifetime.Token);

    public async ValueTask DisposeAsync()
    {
        if (isDisposed)
            return;
        isDisposed = true;
        await lifetime.CancelAsync();
        await renewal;
        if (connection is { IsAlive: true } usable)
            await LeaveAsync(usable);
        if (connection is { } last)
            await last.DisposeAsync();
        Task[] open;
        lock (settlingGate)
            open = [.. settling];
        await Task.WhenAll(open);
        lifetime.Dispose();
    }

    private async Task RenewAsync(CancellationToken cancellationToken)
    {
        var half = TimeSpan.FromTicks(Math.Max(Lease.Ticks / 2, TimeSpan.TicksPerSecond / 2));
        using var timer = new PeriodicTimer(half / 2, time);
        try
        {
            while (await timer.WaitForNextTickAsync(cancellationToken))
                if (session is { } idle && time.GetElapsedTime(idle.Renewed) >= half)
                    await RenewOnceAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            return; // the end of the client
        }
    }

    private async Task RenewOnceAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var reply = await ExecuteAsync(CompoundRequest.InSession(options.Credential, cacheReply: false), cancellationToken);
        }
        catch (AnkoleException e)
        {
            // Whoever needs the server next will see for himself; an idle client has nothing to lose.
            Log.RenewalFailed(logger, options.Address, e.Message);
        }
    }

    private async Task LeaveAsync(RpcConnection usable)
    {
        try
        {
            var deadline = new Deadline(time, LeavingTime);
            if (session is { IsDead: false } valid)
                (await CallOnceAsync(usable, () => CompoundRequest.WithoutSession(options.Credential).DestroySession(valid.Id), deadline, CancellationToken.None)).Dispose();
            if (client.ClientId is { } id)
                (await CallOnceAsync(usable, () => CompoundRequest.WithoutSession(options.Credential).DestroyClientId(id), deadline, CancellationToken.None)).Dispose();
        }
        catch (AnkoleException e)
        {
            Log.NotDestroyed(logger, options.Address, e.Message);
        }
    }
}
