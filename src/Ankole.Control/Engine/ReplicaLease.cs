using Ankole.Volumes;

namespace Ankole.Control;

/// <summary>A replica that stays open at least until this is disposed. Others may use the same one meanwhile.</summary>
internal sealed class ReplicaLease(Replica replica, Func<ValueTask> release) : IAsyncDisposable
{
    private Func<ValueTask>? release = release;

    public Replica Replica { get; } = replica;

    public ValueTask DisposeAsync() => Interlocked.Exchange(ref release, null)?.Invoke() ?? ValueTask.CompletedTask;
}
