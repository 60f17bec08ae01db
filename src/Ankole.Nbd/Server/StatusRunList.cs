namespace Ankole.Nbd;

/// <summary>
/// Merges neighbours of one status, and gives a block whose parts differ one combined status, so that every run but the last is a multiple
/// of <paramref name="blockSize"/>.
/// </summary>
/// <param name="blockSize">The export's minimum block size. The first run begins at a multiple of it.</param>
/// <param name="limit">Runs to keep.</param>
internal sealed class StatusRunList(int blockSize, int limit, Func<uint, uint, uint> combine)
{
    private readonly List<StatusRun> runs = [];
    private long partialLength;
    private uint partialStatus;

    /// <returns>False when more runs than the limit are there: the rest need not be asked for.</returns>
    public bool TryAdd(StatusRun run)
    {
        if (partialLength > 0)
        {
            var taken = Math.Min(run.Length, blockSize - partialLength);
            partialLength += taken;
            partialStatus = combine(partialStatus, run.Status);
            run = run with { Length = run.Length - taken };
            if (partialLength < blockSize)
                return true;
            Append(new StatusRun(partialLength, partialStatus));
            partialLength = 0;
        }
        var rest = run.Length % blockSize;
        if (run.Length > rest)
            Append(run with { Length = run.Length - rest });
        partialLength = rest;
        partialStatus = run.Status;
        return runs.Count <= limit;
    }

    public List<StatusRun> Finish()
    {
        if (partialLength > 0 && runs.Count <= limit)
            Append(new StatusRun(partialLength, partialStatus));
        if (runs.Count > limit)
            runs.RemoveRange(limit, runs.Count - limit);
        return runs;
    }

    private void Append(StatusRun run)
    {
        if (runs.Count > 0 && runs[^1].Status == run.Status)
            runs[^1] = run with { Length = runs[^1].Length + run.Length };
        else
            runs.Add(run);
    }
}
