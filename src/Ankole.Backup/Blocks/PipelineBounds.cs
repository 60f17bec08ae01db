namespace Ankole.Backup;

/// <summary>How many blocks an operation holds in memory, and where: a few being read, hashed and packed or unpacked, the others on their way.</summary>
/// <param name="AtWork">Blocks that the processors and the volume work on; each takes its bytes twice, plain and packed.</param>
/// <param name="OnTheWay">Blocks on their way to or from the store; each takes its packed bytes.</param>
internal readonly record struct PipelineBounds(int AtWork, int OnTheWay)
{
    /// <summary>More than cores, because the volume is waited for too.</summary>
    private const int MostAtWork = 8;

    /// <summary>Blocks in hand at the same time, wherever they are; 0: as many as there are places.</summary>
    public int AtOnce { get; init; }

    /// <summary>The same with at most so many blocks in hand at the same time; 0: as they are.</summary>
    public PipelineBounds Within(int most) => most <= 0 ? this : new(Math.Min(AtWork, most), Math.Min(OnTheWay, most)) { AtOnce = Math.Min(most, AtWork + OnTheWay) };

    /// <summary>A quarter of the memory is for the work, the rest for the way, which is where time passes.</summary>
    public static PipelineBounds For(int blockSize, long bufferBytes, int maxBlocksInFlight)
    {
        var atWork = (int)Math.Clamp(bufferBytes / 4 / (2L * blockSize), 2, Math.Clamp(maxBlocksInFlight, 2, MostAtWork));
        var onTheWay = (int)Math.Clamp((bufferBytes - (2L * blockSize * atWork)) / blockSize, 2, Math.Max(2, maxBlocksInFlight));
        return new PipelineBounds(atWork, onTheWay);
    }
}
