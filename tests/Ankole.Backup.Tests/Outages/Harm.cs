namespace Ankole.Backup.Tests;

/// <summary>What is done to a server in the middle of an operation.</summary>
public enum Harm
{
    /// <summary>It dies and stays dead.</summary>
    Killed,

    /// <summary>It dies and comes back.</summary>
    Restarted,

    /// <summary>Connections stay open, nothing answers.</summary>
    Frozen,

    /// <summary>As frozen, and somebody gives up on the operation.</summary>
    FrozenAndInterrupted,

    /// <summary>Nothing more can be stored.</summary>
    Full,

    /// <summary>Nothing more can be stored or deleted.</summary>
    ReadOnly,
}

/// <summary>In the middle of what.</summary>
public enum Operation
{
    Backup,
    Restore,
    Deletion,
}
