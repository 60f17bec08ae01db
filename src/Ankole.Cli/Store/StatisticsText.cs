using System.Globalization;
using Ankole.Core;

namespace Ankole.Cli.Store;

/// <summary>What an operation did and cost, for people.</summary>
internal static class StatisticsText
{
    public static void Write(TextWriter writer, StatisticsOutput statistics)
    {
        if (statistics.BytesRead > 0 || statistics.BytesSent > 0)
            writer.WriteLine($"  read {ByteSize.Format(statistics.BytesRead)}, sent {ByteSize.Format(statistics.BytesSent)}");
        if (statistics.BytesFetched > 0)
            writer.WriteLine($"  fetched {ByteSize.Format(statistics.BytesFetched)}, wrote {ByteSize.Format(statistics.BytesWritten)}");
        var blocks = Counted(
            (statistics.BlocksNew, "new"), (statistics.BlocksReplaced, "replaced"), (statistics.BlocksKnown, "known"), (statistics.BlocksZero, "zero"),
            (statistics.BlocksInherited, "inherited"), (statistics.BlocksFetched, "fetched"));
        if (blocks.Length > 0)
            writer.WriteLine($"  blocks: {blocks}");
        var requests = statistics.Requests;
        writer.WriteLine($"  requests: {requests.Total}{Listed(Counted(
            (requests.List, "list"), (requests.Get, "get"), (requests.Stat, "stat"), (requests.Put, "put"), (requests.Delete, "delete"),
            (requests.Retries, "retried")))}");
        writer.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  took {statistics.ElapsedSeconds:0.0} s"));
    }

    private static string Counted(params (long Count, string What)[] counts) =>
        string.Join(", ", counts.Where(count => count.Count > 0).Select(count => $"{count.Count} {count.What}"));

    private static string Listed(string counts) => counts.Length == 0 ? "" : $" ({counts})";
}
