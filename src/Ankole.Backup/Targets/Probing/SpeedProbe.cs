using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using Ankole.Core;

namespace Ankole.Backup;

/// <summary>How long a small request takes, and how many bytes go through when a few blocks are under way.</summary>
internal sealed class SpeedProbe(IObjectStore store, StepWatch watch)
{
    private const int SmallRequests = 5;

    /// <summary>A block as most backups have them.</summary>
    private const int BlockBytes = 2 << 20;

    private const int Blocks = 8;

    private readonly string folder = $"{TargetProbe.ScratchFolder}{Guid.NewGuid():N}/";

    public async IAsyncEnumerable<ProbeStep> RunAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        yield return await watch.RunAsync("latency", () => MeasureLatencyAsync(cancellationToken));
        var keys = Enumerable.Range(0, Blocks).Select(i => $"{folder}{i}").ToArray();
        var block = RandomNumberGenerator.GetBytes(BlockBytes);
        yield return await MeasureAsync("write speed", keys, async key => await store.PutAsync(key, block, cancellationToken));
        yield return await MeasureAsync("read speed", keys, async key => (await store.GetAsync(key, BlockBytes, cancellationToken))?.Dispose());
        yield return await watch.RunAsync("clean up", async () =>
        {
            await store.DeleteAsync(keys, cancellationToken);
            return "the scratch objects are gone";
        });
    }

    private async ValueTask<string> MeasureLatencyAsync(CancellationToken cancellationToken)
    {
        var times = new List<double>();
        for (var i = 0; i < SmallRequests; i++)
        {
            var started = TimeProvider.System.GetTimestamp();
            await store.StatAsync($"{folder}absent", cancellationToken);
            times.Add(TimeProvider.System.GetElapsedTime(started).TotalMilliseconds);
        }
        times.Sort();
        return $"{times[SmallRequests / 2]:0.#} ms to learn that an object is absent (median of {SmallRequests})";
    }

    private ValueTask<ProbeStep> MeasureAsync(string name, string[] keys, Func<string, Task> move) => watch.RunAsync(name, async () =>
    {
        var started = TimeProvider.System.GetTimestamp();
        await Task.WhenAll(keys.Select(move));
        var seconds = TimeProvider.System.GetElapsedTime(started).TotalSeconds;
        return $"{ByteSize.Format((long)(Blocks * (long)BlockBytes / seconds))}/s with {Blocks} blocks of {ByteSize.Format(BlockBytes)} under way";
    });
}
