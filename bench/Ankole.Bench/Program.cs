using Ankole.Bench;

switch (args)
{
    case ["nfs", var host, var port, var export, var folder]:
        return await NfsThroughput.RunAsync(host, int.Parse(port), export, folder);
    case ["replica-io", var directory, var snapshots]:
        await ReplicaRandomIo.RunAsync(directory, int.Parse(snapshots));
        return 0;
}

var benchmarks = new (string Name, Func<Workplace, Task> Run)[]
{
    ("backup", BackupThroughput.RunAsync),
    ("restore", RestoreThroughput.RunAsync),
    ("increment", OneBlockIncrement.RunAsync),
    ("open", OpenMemory.RunAsync),
    ("nbd", NbdRandomAccess.RunAsync),
    ("costs", TargetBench.CostsAsync),
    ("objects", TargetBench.ManyObjectsAsync),
    ("targets", TargetBench.ThroughputAsync),
    ("slow-line", TargetBench.SlowLineAsync),
    ("daemon", DaemonScale.RunAsync),
};
if (args.FirstOrDefault(name => !benchmarks.Any(benchmark => benchmark.Name == name)) is { } unknown)
{
    var names = string.Join(", ", benchmarks.Select(benchmark => benchmark.Name));
    Console.Error.WriteLine($"bench: '{unknown}' is not known: use {names}, or nfs HOST PORT EXPORT FOLDER, or replica-io DIRECTORY SNAPSHOTS");
    return 2;
}
using var workplace = Workplace.Create();
foreach (var (name, run) in benchmarks.Where(benchmark => args.Length == 0 || args.Contains(benchmark.Name)))
{
    Console.WriteLine($"\n== {name}");
    await run(workplace);
}
return 0;
