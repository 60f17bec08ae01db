using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Ankole.Testing;

namespace Ankole.Bench;

/// <summary>
/// 4 KiB random reads and writes over NBD at queue depth 1 and 32, with no snapshot and with ten. Peer: qemu-nbd on a qcow2 image with the same
/// number of internal layers (backing files) and the same caching (writeback: the page cache, a flush is an fsync).
/// </summary>
internal static class NbdRandomAccess
{
    private const long Size = 1L << 30;

    private const int Seconds = 4;

    public static async Task RunAsync(Workplace workplace)
    {
        foreach (var snapshots in new[] { 0, 10 })
        {
            var replica = await MakeReplicaAsync(workplace, snapshots);
            var image = await MakeQcow2Async(workplace, snapshots);
            foreach (var pattern in new[] { "randread", "randwrite" })
                foreach (var depth in new[] { 1, 32 })
                    await CompareAsync(workplace, replica, image, pattern, depth, snapshots);
        }
    }

    private static async Task CompareAsync(Workplace workplace, string replica, string image, string pattern, int depth, int snapshots)
    {
        List<double> ours = [], theirs = [];
        for (var round = 0; round < workplace.Rounds; round++)
        {
            ours.Add(await MeasureAsync(
                workplace, workplace.Ankole, ["-q", "replica", "serve", replica, "--nbd", $"unix:{workplace["ankole.sock"]}"], "ankole.sock", pattern, depth));
            theirs.Add(await MeasureAsync(
                workplace, "qemu-nbd", ["--socket", workplace["qemu.sock"], "--format=qcow2", "--cache=writeback", "--discard=unmap", "--persistent", image],
                "qemu.sock", pattern, depth));
        }
        Figures.Print($"{pattern} 4 KiB, depth {depth}, {snapshots} snapshots", ours, "qemu-nbd on qcow2", theirs, "IOPS", "1.00");
    }

    private static async Task<double> MeasureAsync(Workplace workplace, string server, string[] arguments, string socket, string pattern, int depth)
    {
        File.Delete(workplace[socket]);
        using var process = ProcessRun.Start(server, arguments);
        try
        {
            while (!File.Exists(workplace[socket]))
                await Task.Delay(20);
            var run = await workplace.ShellAsync(
                $"fio --name=nbd --ioengine=nbd --uri='nbd+unix:///?socket={workplace[socket]}' --rw={pattern} --bs=4k --iodepth={depth} "
                + $"--time_based --runtime={Seconds} --size={Size} --norandommap --randrepeat=1 --output-format=json 2>/dev/null");
            var job = JsonDocument.Parse(run.Output[run.Output.IndexOf('{')..]).RootElement.GetProperty("jobs")[0];
            return job.GetProperty(pattern == "randread" ? "read" : "write").GetProperty("iops").GetDouble();
        }
        finally
        {
            await ProcessRun.RunAsync("kill", ["-TERM", process.Id.ToString(CultureInfo.InvariantCulture)]);
            await process.WaitForExitAsync();
        }
    }

    /// <summary>All of the volume is stored; each snapshot holds a random sixteenth of it in 64 KiB runs.</summary>
    private static async Task<string> MakeReplicaAsync(Workplace workplace, int snapshots)
    {
        var replica = workplace[$"nbd-{snapshots}"];
        await workplace.AnkoleAsync("replica", "create", replica, "--size", Size.ToString(CultureInfo.InvariantCulture));
        using var process = ProcessRun.Start(workplace.Ankole, ["-q", "replica", "serve", replica, "--nbd", $"unix:{workplace["fill.sock"]}"]);
        while (!File.Exists(workplace["fill.sock"]))
            await Task.Delay(20);
        await FillAsync(workplace, "fill.sock", whole: true, seed: 1);
        for (var snapshot = 0; snapshot < snapshots; snapshot++)
        {
            await workplace.AnkoleAsync("replica", "snapshot", "create", replica, $"s{snapshot:00}");
            await FillAsync(workplace, "fill.sock", whole: false, seed: snapshot + 2);
        }
        await StopAsync(process);
        return replica;
    }

    private static async Task<string> MakeQcow2Async(Workplace workplace, int snapshots)
    {
        var image = workplace[$"qcow2-{snapshots}-00"];
        await workplace.ShellAsync($"qemu-img create -q -f qcow2 '{image}' {Size}");
        for (var layer = 0; layer <= snapshots; layer++)
        {
            if (layer > 0)
            {
                var next = workplace[$"qcow2-{snapshots}-{layer:00}"];
                await workplace.ShellAsync($"qemu-img create -q -f qcow2 -F qcow2 -b '{image}' '{next}'");
                image = next;
            }
            using var process = ProcessRun.Start(
                "qemu-nbd", ["--socket", workplace["fill.sock"], "--format=qcow2", "--cache=writeback", "--persistent", image]);
            while (!File.Exists(workplace["fill.sock"]))
                await Task.Delay(20);
            await FillAsync(workplace, "fill.sock", whole: layer == 0, seed: layer + 1);
            await StopAsync(process);
            File.Delete(workplace["fill.sock"]);
        }
        return image;
    }

    private static Task<ProcessRun> FillAsync(Workplace workplace, string socket, bool whole, int seed) => workplace.ShellAsync(
        $"fio --name=fill --ioengine=nbd --uri='nbd+unix:///?socket={workplace[socket]}' --rw={(whole ? "write" : "randwrite")} "
        + $"--bs={(whole ? "1M" : "64k")} --iodepth=8 --size={Size} --io_size={(whole ? Size : Size / 16)} --randseed={seed} --end_fsync=1 --output=/dev/null");

    private static async Task StopAsync(Process process)
    {
        await ProcessRun.RunAsync("kill", ["-TERM", process.Id.ToString(CultureInfo.InvariantCulture)]);
        await process.WaitForExitAsync();
    }
}
