using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Ankole.Files;

/// <summary>One file whatever its names: two names with one identity are hard links of each other.</summary>
public readonly record struct FileIdentity(ulong Device, ulong Inode);

/// <summary>What statx(2) says of a file.</summary>
/// <param name="AllocatedBytes">What it occupies (<c>st_blocks</c> × 512).</param>
/// <param name="ChangedNanoseconds">The last change of data or metadata (ctime), nanoseconds since 1970.</param>
public readonly record struct FileFacts(FileIdentity Identity, int Links, long Length, long AllocatedBytes, long ChangedNanoseconds)
{
    /// <summary>Null when there is no such name.</summary>
    /// <param name="followLink">True: of what a symbolic link stands for; false: of the link itself.</param>
    public static FileFacts? TryGet(string path, bool followLink = false)
    {
        if (Ask(Linux.AT_FDCWD, path, followLink ? 0 : Linux.AT_SYMLINK_NOFOLLOW, out var facts))
            return facts;
        var error = FileOperationException.FromLastError("examine", path);
        return error.Errno == Linux.ENOENT ? null : throw error;
    }

    public static FileFacts Of(SafeFileHandle file, string path)
    {
        if (Ask((int)file.DangerousGetHandle(), "", Linux.AT_EMPTY_PATH, out var facts))
            return facts;
        throw FileOperationException.FromLastError("examine", path);
    }

    /// <summary>The file system's block size in bytes (<c>f_bsize</c>): the granule in which it allocates.</summary>
    public static unsafe long FileSystemBlockSize(SafeFileHandle file, string path)
    {
        // struct statfs is 15 words on every 64-bit Linux; the second one is f_bsize.
        var words = stackalloc long[32];
        return Linux.Fstatfs(file, words) == 0 ? words[1] : throw FileOperationException.FromLastError("examine the file system of", path);
    }

    private static unsafe bool Ask(int directory, string path, int flags, out FileFacts facts)
    {
        Statx answer;
        facts = default;
        if (Linux.Statx(directory, path, flags, Linux.STATX_BASIC_STATS, &answer) != 0)
            return false;
        var identity = new FileIdentity(((ulong)answer.DeviceMajor << 32) | answer.DeviceMinor, answer.Inode);
        var changed = checked((answer.Changed.Seconds * 1_000_000_000) + answer.Changed.Nanoseconds);
        facts = new FileFacts(identity, (int)answer.Links, (long)answer.Size, checked((long)answer.Blocks * 512), changed);
        return true;
    }

#pragma warning disable CS0649 // The kernel fills these.
    private struct StatxTime
    {
        public long Seconds;
        public uint Nanoseconds;
        public int Reserved;
    }

    /// <summary>struct statx, linux/stat.h: the same on every architecture.</summary>
    [StructLayout(LayoutKind.Sequential, Size = 256)]
    private struct Statx
    {
        public uint Mask, BlockSize;
        public ulong Attributes;
        public uint Links, User, Group;
        public ushort Mode, Spare;
        public ulong Inode, Size, Blocks, AttributesMask;
        public StatxTime Accessed, Born, Changed, Modified;
        public uint RawDeviceMajor, RawDeviceMinor, DeviceMajor, DeviceMinor;
    }
#pragma warning restore CS0649
}
