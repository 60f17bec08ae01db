namespace Ankole.Backup;

/// <summary>Somebody else's lock file as it was found.</summary>
/// <param name="Record">Null: the file could not be understood. It counts as held by whom we exclude.</param>
/// <param name="Age">Since its last refresh, by the store's own clock.</param>
internal sealed record ForeignLock(string Name, string Key, LockRecord? Record, DateTimeOffset LastModified, TimeSpan Age)
{
    /// <summary>Same order for everybody: acquired first, then older, then smaller name (backupstore format, section 8).</summary>
    public bool ComesBefore(bool acquired, DateTimeOffset lastModified, string name)
    {
        var thisAcquired = Record?.Acquired ?? true;
        if (thisAcquired != acquired)
            return thisAcquired;
        var byTime = LastModified.CompareTo(lastModified);
        return byTime != 0 ? byTime < 0 : string.CompareOrdinal(Name, name) < 0;
    }
}
