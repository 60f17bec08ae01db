namespace Ankole.Files;

/// <summary>
/// For a process that stands behind a block device of its own machine. When memory is short, the kernel writes dirty pages to that device to get some back; a
/// process that needs memory to take them must not be made to wait for just that (PR_SET_IO_FLUSHER of prctl(2), Linux 5.6).
/// </summary>
public static class IoFlusher
{
    private const int PR_SET_IO_FLUSHER = 57;

    /// <summary>Marks the calling thread and every thread and process that it and they start from now on. Call it before others are started.</summary>
    /// <returns>False where the kernel is too old, or the process lacks CAP_SYS_RESOURCE.</returns>
    public static bool TryMark() => Linux.Prctl(PR_SET_IO_FLUSHER, 1, 0, 0, 0) == 0;
}
