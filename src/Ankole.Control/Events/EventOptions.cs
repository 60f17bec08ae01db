namespace Ankole.Control;

/// <summary>How many events are kept.</summary>
public sealed record EventOptions
{
    /// <summary>The newest this many stay.</summary>
    public int MaxEvents { get; init; } = 5000;

    /// <summary>What was last seen longer ago goes.</summary>
    public TimeSpan MaxAge { get; init; } = TimeSpan.FromDays(14);
}
