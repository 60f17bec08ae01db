using Ankole.Testing;

namespace Ankole.Control.Tests;

public sealed class DeviceRegistryTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Devices_of_our_replicas_are_ours_and_no_others()
    {
        Device("nbd0", DeviceRegistry.BackendOf("db", "/data/replicas/db-11111111"));
        Device("nbd1", DeviceRegistry.BackendOf("db", "/elsewhere/replicas/db-22222222"));
        Device("nbd2", "somebody else");
        Device("nbd3", null);
        Directory.CreateDirectory(folder["block/nbd4"]);
        var registry = new DeviceRegistry("/data/replicas", folder[""]);
        Assert.Equal([new LeftDevice("db", 0, "ankole db /data/replicas/db-11111111")], registry.Find([0, 1, 2, 3, 4]));
        Assert.Equal([false, true, true, true, false], Enumerable.Range(0, 5).Select(i => registry.IsForeign($"/dev/nbd{i}")));
    }

    /// <summary>As the kernel shows a connected device; null: one that was connected in the older way.</summary>
    private void Device(string name, string? backend)
    {
        Directory.CreateDirectory(folder[$"block/{name}"]);
        File.WriteAllText(folder[$"block/{name}/pid"], "1\n");
        if (backend is not null)
            File.WriteAllText(folder[$"block/{name}/backend"], backend + "\n");
    }
}
