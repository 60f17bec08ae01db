namespace Ankole.Volumes;

/// <summary>A run of blocks with one answer.</summary>
/// <param name="First">Block number.</param>
/// <param name="Count">Blocks.</param>
internal readonly record struct MapRun(long First, long Count, MapEntry Entry)
{
    public long End => First + Count;
}
