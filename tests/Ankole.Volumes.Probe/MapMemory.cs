using System.Globalization;

namespace Ankole.Volumes.Probe;

/// <summary>What a block map of 1 TiB takes of the heap, in a process where nobody else takes or gives any: empty, with scattered blocks, and full.</summary>
internal static class MapMemory
{
    private const long Tebibyte = (1L << 40) / 4096;

    /// <summary>Half a million single blocks: 2 GiB of 4 KiB writes.</summary>
    private const int Scattered = 524_288;

    public static void Print()
    {
        var before = Heap();
        var map = new BlockMap(Tebibyte);
        Say("empty", Heap() - before);
        for (var i = 0L; i < Scattered; i++)
            map.Write((i * (Tebibyte / Scattered)) + (i * 31 % 500), 1, 1);
        Say("scattered", Heap() - before);
        map.Write(0, Tebibyte, 1);
        Say("full", Heap() - before);
        GC.KeepAlive(map);
    }

    private static long Heap() => GC.GetTotalMemory(forceFullCollection: true);

    private static void Say(string state, long bytes) => Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{state} {bytes}"));
}
