namespace Ankole.Backup;

/// <summary>Who this process is and whether another one of the same machine still lives.</summary>
internal abstract class ProcessTable
{
    public static ProcessTable System { get; } = new LinuxProcessTable();

    /// <summary>This process; operation and backup are left to the caller.</summary>
    public abstract LockHolder Self { get; }

    /// <summary>True only when it is certain: same boot, same process namespace, and no such process any more.</summary>
    public abstract bool IsGone(LockHolder holder);
}
