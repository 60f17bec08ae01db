using System.Security.Cryptography;
using System.Text;

namespace Ankole.Control;

/// <summary>
/// Names of what a run makes. They follow from job, run and volume, so that a run continued after a crash finds what it has made instead of
/// making it again.
/// </summary>
internal static class JobNames
{
    private const int PrefixLength = 8;

    /// <summary><c>XXXXXXXX-UUID</c>: the first 8 characters of <c>JOB-c</c>, as Longhorn names snapshots of jobs.</summary>
    public static string Snapshot(RecurringJobResource job, long run, string volume) => $"{PrefixOf(job.Name)}-{Uuid(job, run, volume, "snapshot")}";

    /// <summary><c>backup-</c> and 16 hexadecimal digits, as Longhorn names backups. Every attempt has its own.</summary>
    public static string Backup(RecurringJobResource job, long run, string volume, int attempt) =>
        "backup-" + Convert.ToHexStringLower(Hash(job, run, volume, $"backup/{attempt}")[..8]);

    public static string Operation(RecurringJobResource job, long run, string volume, string operation) =>
        $"{PrefixOf(job.Name)}-{operation}-{Uuid(job, run, volume, operation)}";

    private static string PrefixOf(string job)
    {
        var name = job + "-c";
        return name[..Math.Min(PrefixLength, name.Length)].TrimEnd('.', '_');
    }

    /// <summary>Version 8 of RFC 9562: made by a rule of our own.</summary>
    private static Guid Uuid(RecurringJobResource job, long run, string volume, string what)
    {
        var bytes = Hash(job, run, volume, what)[..16];
        bytes[6] = (byte)((bytes[6] & 0x0f) | 0x80);
        bytes[8] = (byte)((bytes[8] & 0x3f) | 0x80);
        return new Guid(bytes, bigEndian: true);
    }

    private static byte[] Hash(RecurringJobResource job, long run, string volume, string what) =>
        SHA256.HashData(Encoding.UTF8.GetBytes($"{job.Metadata.Uid}/{job.Name}/{run}/{volume}/{what}"));
}
