namespace Ankole.Volumes;

/// <summary>What happens to one entry of a changed range; a struct, so that each kind of change gets its own loop.</summary>
internal interface IMapChange
{
    MapEntry Apply(MapEntry entry);
}

/// <summary>A file younger than every owner so far now holds the block.</summary>
internal readonly record struct WrittenBy(byte Owner) : IMapChange
{
    public MapEntry Apply(MapEntry entry) => entry.WrittenBy(Owner);
}

/// <summary>The block has this entry, whatever it was.</summary>
internal readonly record struct Becomes(MapEntry Entry) : IMapChange
{
    public MapEntry Apply(MapEntry entry) => Entry;
}

/// <summary>Two slots mean one file: blocks of the one go to the other.</summary>
internal readonly record struct OwnerReplaced(byte From, byte To) : IMapChange
{
    public MapEntry Apply(MapEntry entry) => entry.Owner == From ? entry with { Owner = To } : entry;
}
