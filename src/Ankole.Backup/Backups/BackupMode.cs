namespace Ankole.Backup;

/// <summary>How a backup treats blocks that are stored already.</summary>
public enum BackupMode
{
    /// <summary>Sends only blocks that the store does not have.</summary>
    Incremental,

    /// <summary>Sends every block again: heals a store whose blocks were damaged.</summary>
    Full,
}
