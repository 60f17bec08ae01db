namespace Ankole.Control;

/// <summary>What the deletion of a backup would free, as it is told over the API.</summary>
public sealed record DeletionAnswer
{
    public long Blocks { get; set; }

    public long Bytes { get; set; }

    /// <summary>Why blocks would be kept although the backup goes; empty: they would not.</summary>
    public string BlocksKeptBecause { get; set; } = "";
}
