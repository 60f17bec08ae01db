using System.Collections.Concurrent;

namespace Ankole.Control.Tests;

/// <summary>Keeps what was told, in order.</summary>
internal sealed class RecordedEvents : IEventRecorder
{
    private readonly ConcurrentQueue<(string Object, string Reason, string Message)> told = new();

    public IReadOnlyList<(string Object, string Reason, string Message)> All => [.. told];

    public IEnumerable<string> ReasonsOf(string kind, string name) => All.Where(one => one.Object == $"{kind}/{name}").Select(one => one.Reason);

    public ValueTask RecordAsync(Resource about, bool warning, string reason, string message, string component, CancellationToken cancellationToken)
    {
        told.Enqueue(($"{about.Kind}/{about.Name}", reason, message));
        return ValueTask.CompletedTask;
    }
}
