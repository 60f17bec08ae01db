namespace Ankole.Bench;

/// <summary>Targets on their real servers: what operations cost, ten thousand objects, throughput beside a plain client, a line of high latency.</summary>
internal static class TargetBench
{
    private static readonly string[] Names = ["directory", "s3", "nfs", "azblob"];

    public static Task CostsAsync(Workplace workplace) => ForEachAsync(workplace, Names, OperationCosts.RunAsync);

    public static Task ManyObjectsAsync(Workplace workplace) => ForEachAsync(workplace, Names, ManyObjects.RunAsync);

    public static Task ThroughputAsync(Workplace workplace) => ForEachAsync(workplace, ["s3", "nfs"], target => PlainClient.RunAsync(target, workplace));

    public static Task SlowLineAsync(Workplace workplace) => ForEachAsync(workplace, ["s3"], target => SlowLine.RunAsync(target, workplace));

    private static async Task ForEachAsync(Workplace workplace, string[] names, Func<BenchTarget, Task> run)
    {
        foreach (var name in names)
        {
            if (await BenchTarget.StartAsync(name, workplace) is not { } target)
                continue;
            await using (target)
                await run(target);
        }
    }
}
