namespace Ankole.Backup;

/// <summary>Locks of one type share the volume; locks of different types exclude each other. The numbers are stored.</summary>
internal enum LockType
{
    Untyped = 0,
    BackupOrRestore = 1,
    Deletion = 2,
}
