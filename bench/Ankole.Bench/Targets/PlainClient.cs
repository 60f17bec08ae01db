using System.Buffers;
using Ankole.Backup;

namespace Ankole.Bench;

/// <summary>
/// 256 objects of 2 MiB, 8 under way, to and from files in memory; beside a plain client that does the same in the same run: rclone for S3, and nfs-cp
/// (libnfs) for reads over NFS. A round that is not counted goes first: this program is compiled while it runs, the clients are not.
/// </summary>
internal static class PlainClient
{
    // Files are read and written in pieces, as the plain clients do: fresh memory for a whole object at once costs a virtual machine thrice as much.
    private const int Count = 256, Bytes = 2 << 20, InFlight = 8, FilePiece = 256 << 10;

    private const double MiB = (double)Count * Bytes / 1048576;

    public static async Task RunAsync(BenchTarget target, Workplace disk)
    {
        using var memory = disk.InMemory(2L * Count * Bytes);
        await CompareAsync(target, memory ?? disk);
    }

    private static async Task CompareAsync(BenchTarget target, Workplace workplace)
    {
        var source = workplace.Empty("plain-source");
        await workplace.ShellAsync($"for i in $(seq 0 {Count - 1}); do head -c {Bytes} /dev/urandom > plain-source/$i; done");
        if (target.Name == "s3")
            await WriteRcloneConfigAsync(target, workplace);
        await using var store = target.Open(InFlight);
        List<double> put = [], get = [], plainPut = [], plainGet = [];
        List<double>[] figures = [put, get, plainPut, plainGet];
        for (var round = -1; round < workplace.Rounds; round++)
        {
            put.Add(MiB / await Workplace.SecondsAsync(() => ForEachAsync((i, token) => PutAsync(store, i, source, token))));
            var into = workplace.Empty("plain-into");
            get.Add(MiB / await Workplace.SecondsAsync(() => ForEachAsync((i, token) => GetAsync(store, i, into, token))));
            if (target.Name == "s3")
            {
                plainPut.Add(MiB / await Workplace.SecondsAsync(() => workplace.ShellAsync(Rclone(target, "copy plain-source", "gateway:BUCKET/plain"))));
                workplace.Empty("plain-into");
                plainGet.Add(MiB / await Workplace.SecondsAsync(() => workplace.ShellAsync(Rclone(target, "copy", "gateway:BUCKET/plain plain-into"))));
            }
            else
            {
                workplace.Empty("plain-into");
                plainGet.Add(MiB / await Workplace.SecondsAsync(() => workplace.ShellAsync(
                    $"seq 0 {Count - 1} | xargs -P {InFlight} -I N nfs-cp 'nfs://127.0.0.1/export/bench/ours/N?version=4&nfsport={target.Server!.Settings["NFS_PORT"]}' plain-into/N > /dev/null")));
            }
            if (round < 0)
                Array.ForEach(figures, figure => figure.Clear());
        }
        if (plainPut.Count > 0)
            Figures.Print($"{target.Name}: put", put, "rclone copy --transfers 8", plainPut, "MiB/s", "0.90");
        else
            Console.WriteLine($"{target.Name}: put {Figures.Median(put):0} MiB/s, durable");
        Figures.Print($"{target.Name}: get", get, target.Name == "s3" ? "rclone copy --transfers 8" : "8 nfs-cp side by side", plainGet, "MiB/s", "0.90");
        await store.DeleteAsync([.. Enumerable.Range(0, Count).Select(i => $"ours/{i}")], CancellationToken.None);
    }

    private static async ValueTask PutAsync(IObjectStore store, int number, string source, CancellationToken token)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(Bytes);
        using (var file = File.OpenHandle(Path.Combine(source, $"{number}")))
            for (var at = 0; at < Bytes; at += FilePiece)
                RandomAccess.Read(file, buffer.AsSpan(at, FilePiece), at);
        await store.PutAsync($"ours/{number}", buffer.AsMemory(0, Bytes), token);
        ArrayPool<byte>.Shared.Return(buffer);
    }

    private static async ValueTask GetAsync(IObjectStore store, int number, string into, CancellationToken token)
    {
        using var bytes = await store.GetAsync($"ours/{number}", Bytes, token);
        using var file = File.OpenHandle(Path.Combine(into, $"{number}"), FileMode.Create, FileAccess.Write);
        for (var at = 0; at < Bytes; at += FilePiece)
            RandomAccess.Write(file, bytes!.Memory.Span.Slice(at, FilePiece), at);
    }

    private static Task ForEachAsync(Func<int, CancellationToken, ValueTask> run) =>
        Parallel.ForAsync(0, Count, new ParallelOptions { MaxDegreeOfParallelism = InFlight }, run);

    /// <summary>As little extra work as it can be told to do: no checksums of its own, no questions before. Keys are in a file, as a user has them.</summary>
    private static string Rclone(BenchTarget target, string command, string remote) =>
        $"env -u AWS_CA_BUNDLE rclone {command} {remote.Replace("BUCKET", target.Server!.Settings["S3_BUCKET"], StringComparison.Ordinal)} --config rclone.conf " +
        $"--transfers {InFlight} --checkers {InFlight} --no-check-dest --ignore-checksum";

    private static Task WriteRcloneConfigAsync(BenchTarget target, Workplace workplace) => File.WriteAllTextAsync(workplace["rclone.conf"], $"""
        [gateway]
        type = s3
        provider = Ceph
        access_key_id = {target.Variables["AWS_ACCESS_KEY_ID"]}
        secret_access_key = {target.Variables["AWS_SECRET_ACCESS_KEY"]}
        endpoint = {target.Variables["AWS_ENDPOINTS"]}
        region = us-east-1
        force_path_style = true
        upload_cutoff = 5Mi
        disable_checksum = true
        no_check_bucket = true
        no_head = true

        """);
}
