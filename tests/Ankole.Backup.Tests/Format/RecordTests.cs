using System.Text;

namespace Ankole.Backup.Tests;

/// <summary>Records, byte for byte (backupstore format, sections 3 to 5 and 24).</summary>
public sealed class RecordTests
{
    public static TheoryData<string, string> CurrentRecords()
    {
        // Written by the release whose fields we write; older ones lack some of them.
        var data = new TheoryData<string, string>();
        foreach (var store in new[] { "lz4-16mib-blocks", "many-objects" })
            foreach (var file in Directory.EnumerateFiles(Fixtures.PathOf(store), "*.cfg", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
                if (!file.EndsWith("system-backup.cfg", StringComparison.Ordinal))
                    data.Add(store, Path.GetRelativePath(Fixtures.PathOf(store), file));
        return data;
    }

    [Theory]
    [MemberData(nameof(CurrentRecords))]
    public void A_record_that_Longhorn_wrote_is_written_back_to_the_same_bytes(string store, string path)
    {
        var text = File.ReadAllBytes(Path.Join(Fixtures.PathOf(store), path));
        using var written = Path.GetFileName(path) switch
        {
            "volume.cfg" => VolumeRecord.Parse(text, path).Write(),
            "backing-image.cfg" => BackingImageRecord.Parse(text, path).Write(),
            _ => BackupRecord.Parse(text, path).Write(),
        };
        Assert.Equal(Encoding.UTF8.GetString(text), Encoding.UTF8.GetString(written.Written.Span));
    }

    [Fact]
    public void The_volume_record_of_every_release_since_1_6_is_written_back_to_the_same_bytes()
    {
        foreach (var store in Fixtures.Stores.Where(name => !name.StartsWith("legacy", StringComparison.Ordinal)))
            foreach (var file in Directory.EnumerateFiles(Fixtures.PathOf(store), "volume.cfg", SearchOption.AllDirectories))
            {
                var text = File.ReadAllBytes(file);
                using var written = VolumeRecord.Parse(text, file).Write();
                Assert.Equal(Encoding.UTF8.GetString(text), Encoding.UTF8.GetString(written.Written.Span));
            }
    }

    [Fact]
    public void The_example_of_a_backup_record_is_written_byte_for_byte()
    {
        var blocks = new BlockList.Builder();
        blocks.Add(2097152, Checksum("2503cba7334212d64a9472373f8153d5d20c43668948f5eae8e37d2c9de93bf0"));
        blocks.Add(0, Checksum("381085954061bf7cb7251cb977c328292d729925fd995a2b0938c82c6b928f18"));
        var record = new BackupRecord
        {
            Name = "backup-0000000000000001", VolumeName = "vol1", SnapshotName = "snap-1", SnapshotCreatedAt = "2026-11-22T22:24:28Z",
            CreatedTime = "2026-11-22T22:24:30Z", SizeBytes = 10485760, Labels = new Dictionary<string, string> { ["k"] = "<a&b>é\"", ["A"] = "1" },
            Parameters = new Dictionary<string, string> { ["backup-mode"] = "incremental", ["backup-block-size"] = "2097152" },
            CompressionMethod = "lz4", NewlyUploadedBytes = 3179809, Blocks = blocks.Build(out _),
        };
        using var written = record.Write();
        Assert.Equal(
            """{"Name":"backup-0000000000000001","VolumeName":"vol1","SnapshotName":"snap-1","SnapshotCreatedAt":"2026-11-22T22:24:28Z","CreatedTime":"2026-11-22T22:24:30Z","Size":"10485760","Labels":{"A":"1","k":"\u003ca\u0026b\u003eé\""},"Parameters":{"backup-block-size":"2097152","backup-mode":"incremental"},"IsIncremental":false,"CompressionMethod":"lz4","NewlyUploadedDataSize":"3179809","ReUploadedDataSize":"0","ProcessingBlocks":{},"Blocks":[{"Offset":0,"BlockChecksum":"381085954061bf7cb7251cb977c328292d729925fd995a2b0938c82c6b928f18"},{"Offset":2097152,"BlockChecksum":"2503cba7334212d64a9472373f8153d5d20c43668948f5eae8e37d2c9de93bf0"}],"SingleFile":{"FilePath":""}}""",
            Encoding.UTF8.GetString(written.Written.Span));
    }

    [Fact]
    public void The_example_of_a_volume_record_is_written_byte_for_byte()
    {
        var record = new VolumeRecord
        {
            Name = "vol1", SizeBytes = 67108864, CreatedTime = "2026-11-22T22:24:28Z", LastBackupName = "backup-0000000000000003",
            LastBackupAt = "2026-11-22T22:24:33Z", BlockCount = 11, CompressionMethod = "lz4",
        };
        using var written = record.Write();
        Assert.Equal(
            """{"Name":"vol1","Size":"67108864","Labels":null,"CreatedTime":"2026-11-22T22:24:28Z","LastBackupName":"backup-0000000000000003","LastBackupAt":"2026-11-22T22:24:33Z","BlockCount":"11","BackingImageName":"\"\"","BackingImageChecksum":"\"\"","CompressionMethod":"\"lz4\"","StorageClassName":"\"\"","DataEngine":"\"v1\""}""",
            Encoding.UTF8.GetString(written.Written.Span));
    }

    [Theory]
    [InlineData("<a&b>é\"", """\u003ca\u0026b\u003eé\" """)]
    [InlineData("a\\b\n\r\t\u0001\u007f", """a\\b\n\r\t\u0001""" + "\u007f ")]
    [InlineData("\u2028\u2029\ud83d\ude00", """\u2028\u2029""" + "😀 ")]
    public void Texts_are_escaped_as_Go_escapes_them(string text, string expected)
    {
        using var writer = new RecordWriter().Text(text);
        Assert.Equal($"\"{expected[..^1]}\"", Encoding.UTF8.GetString(writer.Written.Span));
    }

    [Fact]
    public void Half_a_surrogate_pair_becomes_the_replacement_character()
    {
        using var writer = new RecordWriter().Text("\ud800x");
        Assert.Equal("\"\ufffdx\"", Encoding.UTF8.GetString(writer.Written.Span));
    }

    [Fact]
    public void A_text_inside_a_text_is_escaped_twice()
    {
        using var writer = new RecordWriter().NestedText("a\"<b");
        Assert.Equal("""
            "\"a\\\"\\u003cb\""
            """, Encoding.UTF8.GetString(writer.Written.Span));
    }

    [Fact]
    public void A_map_is_sorted_by_the_bytes_of_its_keys()
    {
        // In UTF-16 the surrogates of 😀 sort before U+FF01; in UTF-8, as Go sorts, after.
        using var writer = new RecordWriter().Map(new Dictionary<string, string> { ["😀"] = "3", ["\uff01"] = "2", ["b"] = "1", ["B"] = "0" });
        Assert.Equal("""{"B":"0","b":"1","！":"2","😀":"3"}""", Encoding.UTF8.GetString(writer.Written.Span));
    }

    [Fact]
    public void A_volume_record_is_read_as_Go_would_read_it()
    {
        var record = VolumeRecord.Parse(
            """
            { "size" : "4194304", "NAME":"v1","unknown":{"a":[1,{"b":null}]},"Labels":{"x":null,"y":"1"},"CompressionMethod":null,
              "BlockCount":null,"StorageClassName":"\"0\"","DataEngine":"\"\"","BackendStoreDriver":"\"v2\"" } trailing {"Name":"other"}
            """u8, "k");
        Assert.Equal(("v1", 4194304, 0, "gzip", "0", "v1"),
            (record.Name, record.SizeBytes, record.BlockCount, record.CompressionMethod, record.StorageClassName, record.DataEngine));
        Assert.Equal("", record.Labels!["x"]);
        Assert.Equal("", record.LastBackupName);
    }

    [Fact]
    public void A_backup_record_is_read_in_any_order_and_its_blocks_are_sorted()
    {
        var zero = new string('a', 64);
        var record = BackupRecord.Parse(Encoding.UTF8.GetBytes(
            $$"""
            {"blocks":[{"BLOCKCHECKSUM":"{{zero}}","Offset":33554432},{"Offset":0,"BlockChecksum":"{{zero.ToUpperInvariant()}}","x":1}],
             "Parameters":{"backup-block-size":"16Mi"},"BlockSize":"5","SingleFile":null,"IsIncremental":null}
            """), "k");
        Assert.Equal([0L, 33554432], record.Blocks.Offsets.ToArray());
        Assert.Equal(16 << 20, record.BlockSize);
        Assert.Equal("gzip", record.CompressionMethod);
        Assert.False(record.IsFinished);
    }

    [Theory]
    [InlineData("""{"Blocks":[{"Offset":0,"BlockChecksum":"12"}]}""", "a block's checksum is not 64 hex digits")]
    [InlineData("""{"Blocks":[{"Offset":-1,"BlockChecksum":"CHECKSUM"}]}""", "the offset -1 is negative")]
    [InlineData("""{"Blocks":[{"Offset":0,"BlockChecksum":"CHECKSUM"},{"Offset":0,"BlockChecksum":"CHECKSUM"}]}""", "offset 0 is listed twice")]
    [InlineData("""{"Blocks":[{"Offset":5,"BlockChecksum":"CHECKSUM"}]}""", "offset 5 is not a multiple of the block size 2097152")]
    [InlineData("""{"Blocks":[{"Offset":0}]}""", "the block at offset 0 has no checksum")]
    [InlineData("""{"Size":"12x"}""", "'12x' is no whole number")]
    [InlineData("""{"Size":""}""", "'' is no whole number")]
    [InlineData("""{"Parameters":{"backup-block-size":"two"}}""", "'two' is no block size of at most 268435456 bytes")]
    [InlineData("""{"IsIncremental":"yes"}""", "true or false is expected")]
    [InlineData("""[]""", "it does not begin with '{'")]
    [InlineData("""{"Name":"x",}""", "0x7d is not what JSON allows there")]
    public void What_is_wrong_with_a_record_is_said(string text, string reason)
    {
        var bytes = Encoding.UTF8.GetBytes(text.Replace("CHECKSUM", new string('0', 64), StringComparison.Ordinal));
        var error = Assert.Throws<RecordDamagedException>(() => BackupRecord.Parse(bytes, "the/key"));
        Assert.Equal($"backup record 'the/key' is damaged at byte {error.Position}: {reason}.", error.Message);
    }

    [Fact]
    public void Every_truncation_of_a_record_is_damage_with_its_place()
    {
        foreach (var file in Directory.EnumerateFiles(Fixtures.PathOf("many-objects"), "*.cfg", SearchOption.AllDirectories))
        {
            var text = File.ReadAllBytes(file);
            for (var length = 0; length < text.Length; length++)
            {
                var cut = text.AsSpan(0, length).ToArray();
                var error = Assert.Throws<RecordDamagedException>(() => Parse(file, cut));
                Assert.InRange(error.Position, 0, length);
                Assert.EndsWith(length == 0 ? "it is empty." : "it ends too early, so it was truncated.", $"{length}: {error.Message}", StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public void No_flipped_bit_of_a_record_is_anything_but_read_or_damage()
    {
        foreach (var file in Directory.EnumerateFiles(Fixtures.PathOf("many-objects"), "*.cfg", SearchOption.AllDirectories))
        {
            var text = File.ReadAllBytes(file);
            for (var bit = 0; bit < text.Length * 8; bit++)
            {
                text[bit / 8] ^= (byte)(1 << (bit % 8));
                try
                {
                    Parse(file, text);
                }
                catch (RecordDamagedException)
                {
                }
                text[bit / 8] ^= (byte)(1 << (bit % 8));
            }
        }
    }

    [Fact]
    public void A_lock_file_is_read_with_and_without_a_holder()
    {
        var theirs = LockRecord.Parse("""{"Name":"lock-6cf2ec4bbc0243d9","Type":2,"Acquired":true}"""u8, "k");
        Assert.Equal(("lock-6cf2ec4bbc0243d9", LockType.Deletion, true, LockHolder.Unknown), (theirs.Name, theirs.Type, theirs.Acquired, theirs.Holder));
        var holder = new LockHolder("h", "boot", "pid:[1]", 5, 6, "backup", "b1");
        using var written = (theirs with { Holder = holder }).Write();
        Assert.StartsWith("""{"Name":"lock-6cf2ec4bbc0243d9","Type":2,"Acquired":true,"Holder":{""", Encoding.UTF8.GetString(written.Written.Span), StringComparison.Ordinal);
        Assert.Equal(theirs with { Holder = holder }, LockRecord.Parse(written.Written.Span, "k"));
    }

    private static void Parse(string file, byte[] text)
    {
        switch (Path.GetFileName(file))
        {
            case "volume.cfg":
                VolumeRecord.Parse(text, file);
                break;
            case "backing-image.cfg":
                BackingImageRecord.Parse(text, file);
                break;
            case "system-backup.cfg":
                SystemBackupRecord.Parse(text, file);
                break;
            default:
                BackupRecord.Parse(text, file);
                break;
        }
    }

    private static Core.BlockChecksum Checksum(string hex)
    {
        Assert.True(Core.BlockChecksum.TryParse(hex, out var checksum));
        return checksum;
    }
}
