using System.Security.Cryptography;
using System.Text;

namespace Ankole.EndToEnd.Large;

/// <summary>
/// A backupstore with one finished backup of many blocks, written file by file as the format says (docs/formats-backupstore.md), because making
/// 100 GiB of blocks the honest way takes minutes. What the block files hold is never read: their names and lengths are all that counts here.
/// </summary>
internal static class HandMadeStore
{
    private const int BlockBytes = 2 << 20;

    private const string Time = "2026-11-22T22:24:28Z";

    /// <param name="withBlockFiles">False: a record alone, of blocks that nobody will look for.</param>
    public static void Create(string folder, string volume, string backup, string snapshot, long volumeBytes, int blocks, bool withBlockFiles = true)
    {
        var name = Checksum(Encoding.UTF8.GetBytes(volume));
        var root = Path.Combine(folder, "backupstore", "volumes", name[..2], name[2..4], volume);
        Directory.CreateDirectory(Path.Combine(root, "backups"));
        var packed = new byte[1000];
        using var record = new StreamWriter(Path.Combine(root, "backups", $"backup_{backup}.cfg"));
        record.Write($$"""{"Name":"{{backup}}","VolumeName":"{{volume}}","SnapshotName":"{{snapshot}}","SnapshotCreatedAt":"{{Time}}","CreatedTime":"{{Time}}",""");
        record.Write($$"""
            "Size":"{{(long)blocks * BlockBytes}}","Labels":null,"Parameters":{"backup-block-size":"{{BlockBytes}}","backup-mode":"incremental"},"
            """);
        record.Write("""IsIncremental":false,"CompressionMethod":"lz4","NewlyUploadedDataSize":"0","ReUploadedDataSize":"0","ProcessingBlocks":{},"Blocks":[""");
        for (var block = 0; block < blocks; block++)
        {
            var checksum = Checksum(BitConverter.GetBytes(block));
            if (withBlockFiles)
            {
                var file = Path.Combine(root, "blocks", checksum[..2], checksum[2..4], checksum + ".blk");
                Directory.CreateDirectory(Path.GetDirectoryName(file)!);
                File.WriteAllBytes(file, packed);
            }
            record.Write($$"""{{(block == 0 ? "" : ",")}}{"Offset":{{(long)block * BlockBytes}},"BlockChecksum":"{{checksum}}"}""");
        }
        record.Write("""],"SingleFile":{"FilePath":""}}""");
        File.WriteAllText(Path.Combine(root, "volume.cfg"), $$"""
            {"Name":"{{volume}}","Size":"{{volumeBytes}}","Labels":null,"CreatedTime":"{{Time}}","LastBackupName":"{{backup}}","LastBackupAt":"{{Time}}","BlockCount":"{{blocks}}","BackingImageName":"\"\"","BackingImageChecksum":"\"\"","CompressionMethod":"\"lz4\"","StorageClassName":"\"\"","DataEngine":"\"v1\""}
            """);
    }

    private static string Checksum(byte[] content) => Convert.ToHexStringLower(SHA512.HashData(content).AsSpan(0, 32));
}
