using Ankole.Volumes;
using Ankole.Volumes.Probe;

// A process with nothing in it but a map or an open replica: its memory can be measured, and it can be killed.
if (args[0] == "map")
{
    MapMemory.Print();
    return 0;
}
await using var replica = await Replica.OpenAsync(args[1], new ReplicaOptions(), CancellationToken.None);
switch (args[0])
{
    case "memory":
        Console.WriteLine(File.ReadLines("/proc/self/status").First(line => line.StartsWith("VmHWM", StringComparison.Ordinal)).Split(' ')[^2]);
        return 0;
    case "work":
        await EndlessWork.RunAsync(replica, int.Parse(args[2]));
        return 0;
    default:
        return 2;
}
