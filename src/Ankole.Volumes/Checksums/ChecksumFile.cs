using System.Buffers;
using System.Globalization;
using Ankole.Core;

namespace Ankole.Volumes;

/// <summary>Checksum files as Longhorn writes them beside a snapshot (Longhorn replica format, sections 2.3 and 13). Read, never written.</summary>
internal static class ChecksumFile
{
    private const int ChunkBytes = 1 << 20;

    /// <summary>Checksum files that do not speak of the present data: after any copy, or a change.</summary>
    public static IReadOnlyList<ReplicaWarning> FindStale(IReplicaFiles files, DiskTree tree)
    {
        var stale = new List<ReplicaWarning>();
        foreach (var disk in tree.Snapshots.OrderBy(disk => disk.Name, StringComparer.Ordinal))
        {
            if (disk.Data is { } data && files.TryReadRecord(disk.ChecksumName) is { } json && !IsCurrent(json, disk.ChecksumName, data.ChangedNanoseconds))
                stale.Add(new ReplicaWarning(ReplicaWarningKind.StaleChecksum, $"'{disk.ChecksumName}' is older than its data file; its value may still hold."));
        }
        return stale;
    }

    /// <summary>Hashes a snapshot's own file and compares it with what was recorded.</summary>
    /// <returns>Null when nothing is recorded.</returns>
    public static async Task<ChecksumVerdict?> VerifyAsync(IReplicaFiles files, Disk disk, CancellationToken cancellationToken)
    {
        if (files.TryReadRecord(disk.ChecksumName) is not { } json)
            return null;
        var fields = new MetaReader(json, Path.Combine(files.Directory, disk.ChecksumName));
        var method = fields.Text("method");
        var recorded = fields.Text("checksum");
        if (method != "crc64" || !ulong.TryParse(recorded, NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var expected))
            throw new AnkoleException(ErrorKind.Damaged, $"'{disk.ChecksumName}' records the checksum '{recorded}' of method '{method}': only crc64 is known.");
        using var file = files.OpenData(disk.Name, writable: false);
        var isCurrent = IsCurrent(json, disk.ChecksumName, file.Facts.ChangedNanoseconds);
        var actual = await HashAsync(file, cancellationToken);
        return new ChecksumVerdict(recorded, actual.ToString("x16", CultureInfo.InvariantCulture), isCurrent, actual == expected);
    }

    /// <summary>The checksum of the file read through its whole apparent size, holes as zeros.</summary>
    internal static async Task<ulong> HashAsync(DataFile file, CancellationToken cancellationToken)
    {
        var stored = new List<ByteRange>();
        file.VisitStoredRanges(new ByteRange(0, file.Length), stored.Add);
        var crc = Crc64.Start();
        var buffer = ArrayPool<byte>.Shared.Rent(ChunkBytes);
        try
        {
            var at = 0L;
            foreach (var range in stored)
            {
                crc.AppendZeros(range.Offset - at);
                for (at = range.Offset; at < range.End;)
                {
                    var part = buffer.AsMemory(0, (int)Math.Min(ChunkBytes, range.End - at));
                    await file.ReadAsync(at, part, cancellationToken);
                    crc.Append(part.Span);
                    at += part.Length;
                }
            }
            crc.AppendZeros(file.Length - at);
            return crc.Value;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static bool IsCurrent(byte[] json, string name, long changedNanoseconds) =>
        TryParseTime(new MetaReader(json, name).Text("change_time"), out var recorded) && recorded == changedNanoseconds;

    /// <summary>A time as Go prints it: <c>2026-11-22 22:22:12.188881212 +0000 UTC</c>, trailing zeros of the fraction dropped.</summary>
    internal static bool TryParseTime(string text, out long nanoseconds)
    {
        nanoseconds = 0;
        var parts = text.Split(' ');
        if (parts.Length < 3 || parts[2].Length != 5)
            return false;
        var seconds = parts[1].Split('.');
        var fraction = seconds.Length > 1 ? seconds[1].PadRight(9, '0') : "0";
        if (!DateTimeOffset.TryParseExact(
                $"{parts[0]} {seconds[0]} {parts[2][..3]}:{parts[2][3..]}", "yyyy-MM-dd HH:mm:ss zzz", CultureInfo.InvariantCulture, DateTimeStyles.None, out var time)
            || !long.TryParse(fraction, NumberStyles.None, CultureInfo.InvariantCulture, out var rest))
            return false;
        nanoseconds = (time.ToUnixTimeSeconds() * 1_000_000_000) + rest;
        return true;
    }
}
