namespace Ankole.Volumes;

/// <summary>What the map knows of a block, in nine bits.</summary>
/// <param name="Owner">The slot of the youngest file that holds the block; 0 when none does, so that it reads as zeros.</param>
/// <param name="Covers">
/// An older file may hold the block too. Never false when one does; stays true when a purge has since taken the older data away.
/// </param>
internal readonly record struct MapEntry(byte Owner, bool Covers)
{
    public const int BitCount = 9;

    public static readonly MapEntry None;

    public bool IsNone => Owner == 0;

    public int Bits => Owner | (Covers ? 0x100 : 0);

    public static MapEntry FromBits(int bits) => new((byte)bits, (bits & 0x100) != 0);

    /// <summary>The entry after <paramref name="owner"/> received the block: younger than every file that held it before.</summary>
    public MapEntry WrittenBy(byte owner) => new(owner, Owner == owner ? Covers : !IsNone);
}
