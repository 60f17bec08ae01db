namespace Ankole.Bench;

/// <summary>Ten thousand objects of 1 KiB: put with 32 under way, listed, deleted in batches.</summary>
internal static class ManyObjects
{
    private const int Count = 10_000;

    public static async Task RunAsync(BenchTarget target)
    {
        await using var store = target.Open();
        var keys = Enumerable.Range(0, Count).Select(i => $"backupstore/blocks/{i % 256:x2}/{i / 256:x2}/{i:d8}.blk").ToList();
        var content = new byte[1024];
        await TimeAsync("put", () => Parallel.ForEachAsync(
            keys, new ParallelOptions { MaxDegreeOfParallelism = 32 }, async (key, token) => await store.PutAsync(key, content, token)));
        await TimeAsync("list", async () => await store.ListAsync("backupstore/", CancellationToken.None).CountAsync());
        await TimeAsync("delete", async () =>
        {
            foreach (var chunk in keys.Chunk(1000))
                await store.DeleteAsync(chunk, CancellationToken.None);
        });

        async Task TimeAsync(string what, Func<Task> run)
        {
            var before = store.Requests.Snapshot();
            var seconds = await Workplace.SecondsAsync(run);
            Console.WriteLine($"{target.Name,-10} {Count} objects, {what,-7} {seconds,7:0.0} s  {(store.Requests.Snapshot() - before).Total,6} requests");
        }
    }
}
