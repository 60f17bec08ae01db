namespace Ankole.EndToEnd.RealClients;

/// <summary>What <c>nbdinfo --map</c> prints, neighbours of one status merged.</summary>
internal static class NbdMap
{
    public sealed record Run(long Offset, long Length, int Status);

    public const int Data = 0, HoleAndZero = 3;

    public static async Task<List<Run>> ReadAsync(string uri, string context = "base:allocation")
    {
        var runs = new List<Run>();
        foreach (var entry in (await Peer.JsonAsync("nbdinfo", $"--map={context}", "--json", uri)).EnumerateArray())
        {
            var run = new Run(
                entry.GetProperty("offset").GetInt64(), entry.GetProperty("length").GetInt64(), entry.GetProperty("type").GetInt32());
            if (runs.Count > 0 && runs[^1].Status == run.Status)
                runs[^1] = runs[^1] with { Length = runs[^1].Length + run.Length };
            else
                runs.Add(run);
        }
        return runs;
    }
}
