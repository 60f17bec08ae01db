using System.Collections.Concurrent;

namespace Ankole.Server;

/// <summary>Wakes the watches of a kind when something of it was committed.</summary>
internal sealed class ChangeSignals
{
    private readonly ConcurrentDictionary<string, Signal> byKind = new();

    /// <summary>Completes at the first commit of the kind after this call.</summary>
    public Task NextAsync(string kind) => byKind.GetOrAdd(kind, static _ => new Signal()).Next.Task;

    public void Raise(string kind)
    {
        if (byKind.TryGetValue(kind, out var signal))
            Interlocked.Exchange(ref signal.Next, NewSource()).SetResult();
    }

    private static TaskCompletionSource NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private sealed class Signal
    {
        public TaskCompletionSource Next = NewSource();
    }
}
