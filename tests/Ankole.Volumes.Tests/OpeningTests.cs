using Ankole.Core;
using Ankole.Files;

namespace Ankole.Volumes.Tests;

/// <summary>What a replica directory may look like, and what is said of it.</summary>
public sealed class OpeningTests : IDisposable
{
    private const long Size = 4 << 20;
    private readonly TemporaryDirectory temporary = new();

    private static CancellationToken None => TestContext.Current.CancellationToken;

    private string ReplicaPath => temporary["r"];

    public void Dispose() => temporary.Dispose();

    [Fact]
    public async Task A_directory_that_does_not_exist_is_named() =>
        await RefusedAsync(ErrorKind.NotFound, $"replica directory '{ReplicaPath}' does not exist.");

    [Fact]
    public async Task A_directory_that_is_no_replica_is_named_and_left_alone()
    {
        Directory.CreateDirectory(ReplicaPath);
        File.WriteAllText(At("notes.txt"), "hello");
        await RefusedAsync(
            ErrorKind.InvalidInput, $"'{ReplicaPath}' is no replica directory: it has neither 'volume.meta' nor a 'volume-head-NNN.img'.");
        Assert.Equal([At("notes.txt")], Directory.GetFileSystemEntries(ReplicaPath));
        var refused = await Assert.ThrowsAsync<AnkoleException>(() => Replica.CreateAsync(ReplicaPath, Size, new ReplicaOptions(), None));
        Assert.Equal($"'{ReplicaPath}' is not empty: it holds 'notes.txt'. Choose an empty or a new directory.", refused.Message);
    }

    [Fact]
    public async Task A_replica_is_not_created_over_another()
    {
        await CreateAsync();
        var refused = await Assert.ThrowsAsync<AnkoleException>(() => Replica.CreateAsync(ReplicaPath, Size, new ReplicaOptions(), None));
        Assert.Equal($"'{ReplicaPath}' is a replica already. Choose another directory.", refused.Message);
    }

    [Theory]
    [InlineData(0, 2097152)]
    [InlineData(4096, 2097152)]
    [InlineData(5000000, 6291456)]
    [InlineData(-1, 2097152)]
    public async Task A_size_that_is_no_multiple_of_two_mebibytes_is_refused(long size, long suggested)
    {
        var message = $"a volume cannot have {size} bytes: give a multiple of 2 MiB, for example {suggested}.";
        Assert.Equal(message, (await Assert.ThrowsAsync<InvalidInputException>(() => Replica.CreateAsync(ReplicaPath, size, new ReplicaOptions(), None))).Message);
        Assert.False(Directory.Exists(ReplicaPath));
    }

    [Fact]
    public async Task A_damaged_volume_record_is_named()
    {
        await CreateAsync();
        File.WriteAllText(At("volume.meta"), "{\"Size\":");
        await RefusedAsync(ErrorKind.Damaged, $"'{At("volume.meta")}' is damaged: it is no JSON.");
        File.WriteAllText(At("volume.meta"), "{\"Size\":4194304,\"Head\":\"../../etc/passwd\"}");
        await RefusedAsync(ErrorKind.Damaged, $"'{At("volume.meta")}' is damaged: size 4194304 and head '../../etc/passwd' make no volume.");
    }

    [Fact]
    public async Task A_missing_volume_record_is_derived_from_the_only_head()
    {
        await CreateAsync();
        await WithReplicaAsync(replica => replica.WriteAsync(0, Block(5), None).AsTask());
        File.WriteAllText(At("volume.meta"), "");
        await WithReplicaAsync(async replica =>
        {
            Assert.Contains(replica.OpeningWarnings, warning => warning.Kind == ReplicaWarningKind.VolumeRecordMissing);
            Assert.Equal(Size, replica.SizeBytes);
            Assert.Equal(Block(5), await ReadAsync(replica));
        });
    }

    [Fact]
    public async Task With_two_heads_and_no_volume_record_nothing_is_guessed()
    {
        await CreateAsync();
        File.Copy(At("volume-head-000.img"), At("volume-head-001.img"));
        File.Copy(At("volume-head-000.img.meta"), At("volume-head-001.img.meta"));
        File.Delete(At("volume.meta"));
        await RefusedAsync(
            ErrorKind.Damaged,
            $"'{At("volume.meta")}' is missing or empty and there are 2 heads (volume-head-000.img, volume-head-001.img): " +
            "it cannot be told which is the live one. Restore the record, or move the wrong head away.");
    }

    [Fact]
    public async Task A_missing_data_file_or_record_of_the_chain_is_named_and_not_created()
    {
        await CreateAsync();
        await WithReplicaAsync(replica => replica.SnapshotAsync("base", null, None));
        File.Move(At("volume-snap-base.img"), temporary["data"]);
        await RefusedAsync(
            ErrorKind.Damaged,
            $"'{ReplicaPath}' is damaged: the data file 'volume-snap-base.img' is missing. Its blocks cannot be known: " +
            "restore the file, or the volume from a backup.");
        Assert.False(File.Exists(At("volume-snap-base.img")));
        File.Move(temporary["data"], At("volume-snap-base.img"));
        File.Move(At("volume-snap-base.img.meta"), temporary["meta"]);
        await RefusedAsync(
            ErrorKind.Damaged, $"'{ReplicaPath}' is damaged: 'volume-snap-base.img.meta' is missing, the parent of 'volume-head-001.img'.");
    }

    [Fact]
    public async Task A_damaged_record_outside_the_chain_stops_writing_but_not_reading()
    {
        await CreateAsync();
        File.WriteAllText(At("stray.meta"), "rubbish");
        await RefusedAsync(ErrorKind.Damaged, $"'{At("stray.meta")}' is damaged: it is no JSON.", readToo: false);
        var reader = ReplicaReader.Open(ReplicaPath, new ReplicaOptions());
        Assert.Contains(reader.Inspect().Warnings, warning => warning.Kind == ReplicaWarningKind.RecordUnreadable);
        await using var head = reader.OpenHead();
        Assert.Equal(Size, head.SizeBytes);
    }

    [Fact]
    public async Task Parents_in_a_circle_are_refused()
    {
        await CreateAsync();
        await WithReplicaAsync(replica => replica.SnapshotAsync("base", null, None));
        Rewrite("volume-snap-base.img.meta", "\"Parent\":\"\"", "\"Parent\":\"volume-head-001.img\"");
        await RefusedAsync(ErrorKind.Damaged, $"'{ReplicaPath}' is damaged: the parents of 'volume-head-001.img' run in a circle at 'volume-head-001.img'.");
    }

    [Fact]
    public async Task A_replica_that_was_being_rebuilt_opens_only_when_told_to()
    {
        await CreateAsync();
        Rewrite("volume.meta", "\"Rebuilding\":false", "\"Rebuilding\":true");
        await RefusedAsync(
            ErrorKind.Refused,
            $"replica '{ReplicaPath}' was being rebuilt: its data is incomplete, in snapshots too. Use another replica of the volume, or force it.");
        await using var replica = await Replica.OpenAsync(ReplicaPath, new ReplicaOptions { AllowRebuilding = true }, None);
        Assert.Contains(replica.OpeningWarnings, warning => warning.Kind == ReplicaWarningKind.Rebuilding);
    }

    [Fact]
    public async Task A_backing_file_is_read_below_everything_and_a_missing_or_qcow2_one_is_refused()
    {
        await CreateAsync();
        var image = temporary["base.raw"];
        File.WriteAllBytes(image, [.. Enumerable.Repeat((byte)0xBB, 1 << 20)]);
        Rewrite("volume.meta", "\"BackingFilePath\":\"\"", $"\"BackingFilePath\":\"{image}\"");
        await WithReplicaAsync(async replica =>
        {
            Assert.Equal(Block(0xBB), await ReadAsync(replica));
            await replica.WriteZeroesAsync(new ByteRange(0, 4096), mayPunch: true, None);
            await replica.DiscardAsync(new ByteRange(4096, 4096), None);
            Assert.Equal(Block(0), await ReadAsync(replica));
            await replica.SnapshotAsync("over", null, None);
            await using var view = await replica.OpenSnapshotAsync("over", None);
            var changed = new List<ByteRange>();
            await foreach (var run in view.GetChangedExtentsAsync(null, None))
                changed.Add(run);
            Assert.Equal([new ByteRange(0, 4096)], changed);
        });
        await WithReplicaAsync(async replica => Assert.Equal(Block(0), await ReadAsync(replica)));
        Assert.Equal(1 << 20, new FileInfo(image).Length);

        File.WriteAllBytes(image, [(byte)'Q', (byte)'F', (byte)'I', 0xFB, .. new byte[508]]);
        await RefusedAsync(
            ErrorKind.Refused, $"the backing file '{image}' is qcow2, which is not supported: convert it to raw (qemu-img convert -O raw).", readToo: false);
        File.Delete(image);
        await RefusedAsync(
            ErrorKind.NotFound, $"replica '{ReplicaPath}' stands on the backing file '{image}', which does not exist. Put the same image there.", readToo: false);
    }

    [Fact]
    public void A_file_system_with_large_blocks_is_refused() => Assert.Equal(
        "replica '/r' lies on a file system with blocks of 16384 bytes: a 4096-byte write would hide older data beside it. " +
        "Copy it, holes kept (tar -S --hole-detection=seek), to one with blocks of 4096 bytes or less.",
        Assert.Throws<AnkoleException>(() => FileSystemCheck.Check("/r", 16384)).Message);

    [Fact]
    public async Task A_replica_in_use_gives_its_snapshots_but_not_its_head_to_others()
    {
        await CreateAsync();
        await WithReplicaAsync(async replica =>
        {
            await replica.WriteAsync(0, Block(1), None);
            await replica.SnapshotAsync("one", null, None);
            var busy = await Assert.ThrowsAsync<ReplicaInUseException>(() => Replica.OpenAsync(ReplicaPath, new ReplicaOptions(), None));
            Assert.Equal(Environment.ProcessId, busy.ProcessId);
            var reader = ReplicaReader.Open(ReplicaPath, new ReplicaOptions());
            Assert.Throws<ReplicaInUseException>(() => reader.OpenHead());
            await using var view = reader.OpenSnapshot("one");
            Assert.Equal(Block(1), await ReadAsync(view));
        });
    }

    [Fact]
    public async Task A_purge_leaves_what_is_being_read()
    {
        await CreateAsync();
        await WithReplicaAsync(async replica =>
        {
            foreach (var (name, value) in new[] { ("one", 1), ("two", 2), ("three", 3) })
            {
                await replica.WriteAsync(0, Block((byte)value), None);
                await replica.SnapshotAsync(name, null, None);
            }
            await using (var view = ReplicaReader.Open(ReplicaPath, new ReplicaOptions()).OpenSnapshot("one"))
            {
                await replica.RemoveAsync("one", None);
                var waiting = Assert.Single((await replica.PurgeAsync(null, None)).Waiting);
                Assert.Equal(new WaitingSnapshot("one", "it is being read, or a snapshot above it is"), waiting);
                Assert.Equal(Block(1), await ReadAsync(view));
            }
            Assert.Equal(["one"], (await replica.PurgeAsync(null, None)).Deleted);
        });
    }

    /// <summary>Between fork and exec a started program holds a copy of every handle; here it never gets to its exec.</summary>
    [Fact]
    public async Task A_program_that_is_being_started_holds_no_lock_that_was_given_up()
    {
        await CreateAsync();
        HandleCopies? copies = null;
        await WithReplicaAsync(async replica =>
        {
            await replica.SnapshotAsync("one", null, None);
            await replica.SnapshotAsync("two", null, None);
            var view = ReplicaReader.Open(ReplicaPath, new ReplicaOptions()).OpenSnapshot("one");
            copies = HandleCopies.OfOpenFilesIn(ReplicaPath);
            Assert.NotEqual(0, copies.Count);
            await view.DisposeAsync();
            await replica.RemoveAsync("one", None);
            Assert.Equal(["one"], (await replica.PurgeAsync(null, None)).Deleted);
        });
        using (copies)
            await WithReplicaAsync(replica => replica.FlushAsync(None).AsTask());
    }

    /// <summary>Crash windows of Longhorn's own snapshot (Longhorn replica format, section 7.6).</summary>
    [Fact]
    public async Task Leftovers_of_an_interrupted_Longhorn_snapshot_are_cleared_and_the_snapshot_kept()
    {
        await CreateAsync();
        await WithReplicaAsync(replica => replica.WriteAsync(0, Block(4), None).AsTask());
        // After the switch, before the snapshot's own record: data and record are still hard links of the old head's.
        FileNames.Link(At("volume-head-000.img"), At("volume-snap-lost.img"));
        FileNames.Link(At("volume-head-000.img.meta"), At("volume-snap-lost.img.meta"));
        using (var head = File.OpenHandle(At("volume-head-001.img"), FileMode.CreateNew, FileAccess.Write))
            RandomAccess.SetLength(head, Size);
        File.WriteAllText(At("volume-head-001.img.meta"), "{\"Name\":\"volume-head-001.img\",\"Parent\":\"volume-snap-lost.img\"}\n");
        Rewrite("volume.meta", "volume-head-000.img", "volume-head-001.img");
        File.WriteAllText(At("volume.meta.tmp"), "half a rec");

        Assert.Contains(
            ReplicaReader.Open(ReplicaPath, new ReplicaOptions()).Inspect().Warnings, warning => warning.Kind == ReplicaWarningKind.SnapshotOriginUnknown);
        await WithReplicaAsync(async replica =>
        {
            await replica.WriteAsync(0, Block(6), None);
            await replica.SnapshotAsync("next", null, None);
            await replica.PurgeAsync(null, None);
            await using var view = await replica.OpenSnapshotAsync("lost", None);
            Assert.Equal(Block(4), await ReadAsync(view));
        });
        Assert.False(File.Exists(At("volume-head-000.img")));
        Assert.False(File.Exists(At("volume.meta.tmp")));
    }

    [Fact]
    public async Task A_snapshot_that_was_linked_but_never_switched_to_does_not_stay()
    {
        await CreateAsync();
        await WithReplicaAsync(replica => replica.WriteAsync(0, Block(4), None).AsTask());
        FileNames.Link(At("volume-head-000.img"), At("volume-snap-never.img"));
        FileNames.Link(At("volume-head-000.img.meta"), At("volume-snap-never.img.meta"));
        File.WriteAllText(At("volume-head-001.img"), "");
        // Whoever reads the directory before it is opened again must not believe in it: it would change with the head, and go.
        var reader = ReplicaReader.Open(ReplicaPath, new ReplicaOptions());
        Assert.DoesNotContain(reader.Inspect().Disks, disk => disk.Snapshot is not null);
        Assert.Equal(
            $"snapshot 'never' of '{ReplicaPath}' never came to be: making it was interrupted. What it would show is the head.",
            Assert.Throws<AnkoleException>(() => reader.OpenSnapshot("never")).Message);
        await WithReplicaAsync(async replica =>
        {
            Assert.Equal(Block(4), await ReadAsync(replica));
            await replica.SnapshotAsync("never", null, None);
        });
        Assert.Contains(reader.Inspect().Disks, disk => disk.Snapshot == "never");
    }

    [Fact]
    public async Task A_reader_beside_snapshots_sees_a_whole_directory_every_time()
    {
        await CreateAsync();
        await WithReplicaAsync(async replica =>
        {
            var taken = 0;
            var taking = Task.Run(async () =>
            {
                for (var i = 0; i < 60; i++)
                {
                    await replica.SnapshotAsync($"s{i:00}", null, None);
                    Volatile.Write(ref taken, i + 1);
                }
            });
            while (!taking.IsCompleted)
            {
                var before = Volatile.Read(ref taken);
                var seen = ReplicaReader.Open(ReplicaPath, new ReplicaOptions()).Inspect();
                var after = Volatile.Read(ref taken);
                Assert.InRange(seen.Disks.Count(disk => disk.Snapshot is not null), before, after + 1);
            }
            await taking;
        });
    }

    [Fact]
    public async Task Snapshot_names_and_limits_are_checked_before_anything_changes()
    {
        await CreateAsync();
        await WithReplicaAsync(
            async replica =>
            {
                await ThrowsAsync<InvalidInputException>(
                    "invalid snapshot name 'a/b': use 2 to 200 letters, digits, '_', '.' or '-', beginning with a letter or digit.",
                    () => replica.SnapshotAsync("a/b", null, None));
                await replica.SnapshotAsync("aa", null, None);
                await ThrowsAsync<InvalidInputException>(
                    $"a snapshot named 'aa' exists in '{ReplicaPath}' already. Choose another name.", () => replica.SnapshotAsync("aa", null, None));
                await replica.SnapshotAsync("bb", null, None);
                await ThrowsAsync<AnkoleException>(
                    $"replica '{ReplicaPath}' has 2 snapshots, the most it may have. Remove some and purge.", () => replica.SnapshotAsync("cc", null, None));
                await replica.RemoveAsync("aa", None);
                await replica.RemoveAsync("aa", None);
                await ThrowsAsync<InvalidInputException>(
                    $"a snapshot named 'aa' exists in '{ReplicaPath}', marked removed. Purge the replica, or choose another name.",
                    () => replica.SnapshotAsync("aa", null, None));
                await ThrowsAsync<InvalidInputException>(
                    $"snapshot 'aa' of '{ReplicaPath}' is marked removed: a volume cannot be reverted to it.", () => replica.RevertAsync("aa", None));
                await ThrowsAsync<AnkoleException>($"replica '{ReplicaPath}' has no snapshot 'zz'.", () => replica.RemoveAsync("zz", None));
                await ThrowsAsync<InvalidInputException>(
                    $"replica '{ReplicaPath}' has 4194304 bytes already: it can only grow, to more than that, not to 2097152.",
                    () => replica.ExpandAsync(2 << 20, None));
            },
            new ReplicaOptions { SnapshotMaxCount = 2 });
    }

    [Fact]
    public async Task The_249th_snapshot_is_the_last_and_the_deep_chain_reads_and_folds()
    {
        await CreateAsync();
        await WithReplicaAsync(async replica =>
        {
            for (var i = 0; i < 249; i++)
            {
                await replica.WriteAsync(i * 4096, Block((byte)i), None);
                await replica.SnapshotAsync($"s{i:000}", null, None);
            }
            await ThrowsAsync<AnkoleException>(
                $"replica '{ReplicaPath}' has 250 disks of at most 250, removed ones included. Remove snapshots and purge.",
                () => replica.SnapshotAsync("one-more", null, None));
        });
        await WithReplicaAsync(async replica =>
        {
            var head = new byte[249 * 4096];
            await replica.ReadAsync(0, head, None);
            for (var i = 0; i < 249; i++)
                Assert.Equal((byte)i, head[i * 4096]);
            for (var i = 0; i < 20; i++)
                await replica.RemoveAsync($"s{i:000}", None);
            Assert.Equal(20, (await replica.PurgeAsync(null, None)).Deleted.Count);
            await replica.SnapshotAsync("room-again", null, None);
        });
    }

    [Fact]
    public async Task A_chain_longer_than_250_is_refused()
    {
        await CreateAsync();
        var parent = "";
        for (var i = 0; i < 250; i++)
        {
            using (var file = File.OpenHandle(At($"volume-snap-s{i}.img"), FileMode.CreateNew, FileAccess.Write))
                RandomAccess.SetLength(file, Size);
            File.WriteAllText(At($"volume-snap-s{i}.img.meta"), $"{{\"Parent\":\"{parent}\"}}\n");
            parent = $"volume-snap-s{i}.img";
        }
        Rewrite("volume-head-000.img.meta", "\"Parent\":\"\"", $"\"Parent\":\"{parent}\"");
        await RefusedAsync(
            ErrorKind.Refused, $"'{ReplicaPath}': the chain of 'volume-head-000.img' is longer than 250 disks; Longhorn cannot open it either.");
    }

    private string At(string name) => Path.Combine(ReplicaPath, name);

    private Task CreateAsync() => Replica.CreateAsync(ReplicaPath, Size, new ReplicaOptions(), None);

    private async Task WithReplicaAsync(Func<Replica, Task> act, ReplicaOptions? options = null)
    {
        await using var replica = await Replica.OpenAsync(ReplicaPath, options ?? new ReplicaOptions(), None);
        await act(replica);
    }

    private void Rewrite(string name, string from, string to)
    {
        var text = File.ReadAllText(At(name));
        Assert.Contains(from, text);
        File.WriteAllText(At(name), text.Replace(from, to, StringComparison.Ordinal));
    }

    /// <summary>Refused with that message, for writing and for reading, and nothing changed.</summary>
    private async Task RefusedAsync(ErrorKind kind, string message, bool readToo = true)
    {
        string[] Listing() => Directory.Exists(ReplicaPath)
            ? [.. Directory.GetFiles(ReplicaPath).Where(path => !path.EndsWith(".lock", StringComparison.Ordinal)).Order(StringComparer.Ordinal)
                .Select(path => $"{path} {Hashes.Of(File.ReadAllBytes(path))}")]
            : [];

        var before = Listing();
        var error = await Assert.ThrowsAnyAsync<AnkoleException>(() => Replica.OpenAsync(ReplicaPath, new ReplicaOptions(), None));
        Assert.Equal(message, error.Message);
        Assert.Equal(kind, error.Kind);
        if (readToo)
            Assert.Equal(message, Assert.ThrowsAny<AnkoleException>(() => ReplicaReader.Open(ReplicaPath, new ReplicaOptions())).Message);
        Assert.Equal(before, Listing());
    }

    private static async Task ThrowsAsync<TError>(string message, Func<Task> act) where TError : Exception =>
        Assert.Equal(message, (await Assert.ThrowsAsync<TError>(act)).Message);

    private static byte[] Block(byte value) => [.. Enumerable.Repeat(value, 4096)];

    private static async Task<byte[]> ReadAsync(IBlockSource source)
    {
        var block = new byte[4096];
        await source.ReadAsync(0, block, None);
        return block;
    }
}
