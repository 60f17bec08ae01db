namespace Ankole.Volumes;

/// <summary>A file of an open chain.</summary>
/// <param name="Disk">The disk's name; of the backing file, its path.</param>
/// <param name="Slot">How the map calls it; stable while the chain grows and shrinks around it.</param>
internal sealed record ChainLayer(string Disk, byte Slot);
