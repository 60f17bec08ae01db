namespace Ankole.EndToEnd.RealClients;

/// <summary>fio's NBD engine with its own verification, several connections at once.</summary>
public sealed class FioTests
{
    [Fact]
    public async Task Four_jobs_write_and_verify_what_they_wrote()
    {
        await using var volume = await ServedVolume.StartAsync("128Mi");

        await FioAsync(volume.Uri, "--rw=randwrite", "--bs=4k", "--iodepth=16", "--io_size=16M", "--verify=crc32c", "--do_verify=1");
    }

    [Fact]
    public async Task Four_jobs_mix_reads_writes_trims_and_flushes_of_many_sizes()
    {
        await using var volume = await ServedVolume.StartAsync("128Mi");

        await FioAsync(
            volume.Uri, "--rw=randrw", "--rwmixread=30", "--bsrange=512-64k", "--blockalign=512", "--iodepth=8", "--io_size=8M", "--fsync=32",
            "--verify=crc32c", "--do_verify=1", "--verify_fatal=1");
        await FioAsync(volume.Uri, "--rw=randtrimwrite", "--bs=16k", "--iodepth=8", "--io_size=8M");
    }

    [Fact]
    public async Task What_four_jobs_flushed_is_there_after_a_kill_and_in_a_snapshot()
    {
        await using var volume = await ServedVolume.StartAsync("128Mi");
        string[] jobs = ["--rw=randwrite", "--bs=4k", "--iodepth=16", "--io_size=8M", "--verify=crc32c", "--randseed=7", "--end_fsync=1"];
        await FioAsync(volume.Uri, [.. jobs, "--do_verify=0"]);
        await volume.Server.KillAsync();
        await volume.ServeAgainAsync();
        await volume.SnapshotAsync("after-the-kill");
        await FioAsync(volume.Uri, [.. jobs, "--verify_only=1"]);
        await volume.QemuIoAsync("write -z 0 128M", "flush");
        await using var snapshot = await AnkoleServer.StartAsync(
            "replica", "serve", volume.Directory, "--snapshot", "after-the-kill", "--nbd", $"unix:{volume.Folder["snapshot.sock"]}");

        // fio insists on opening for writing; a copy can be.
        await Peer.MustAsync("nbdcopy", "--flush", snapshot.Uri, volume.Uri);
        await FioAsync(volume.Uri, [.. jobs, "--verify_only=1"]);
    }

    /// <summary>Four jobs, each on its own quarter of the volume and its own connection.</summary>
    private static async Task FioAsync(string uri, params string[] options)
    {
        var run = await Peer.MustAsync("fio",
        [
            "--name=job", "--ioengine=nbd", $"--uri={uri}", "--numjobs=4", "--size=32M", "--offset_increment=32M", "--thread=0", "--group_reporting=1",
            "--output-format=json", .. options,
        ]);
        Assert.DoesNotContain("verify:", run.Error, StringComparison.Ordinal);
    }
}
