namespace Ankole.Core;

/// <summary>What is known of a run of bytes. The values are those of NBD's <c>base:allocation</c> (NBD protocol, "Metadata contexts").</summary>
[Flags]
public enum ExtentState
{
    /// <summary>Stored; the bytes may be anything.</summary>
    Data = 0,

    /// <summary>Not stored (<c>NBD_STATE_HOLE</c>).</summary>
    Hole = 1,

    /// <summary>Reads as zeros (<c>NBD_STATE_ZERO</c>).</summary>
    Zero = 2,
}

/// <summary>A run of bytes in one state.</summary>
public readonly record struct Extent(ByteRange Range, ExtentState State)
{
    public bool ReadsAsZeros => (State & ExtentState.Zero) != 0;
}
