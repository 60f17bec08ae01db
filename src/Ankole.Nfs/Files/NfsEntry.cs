namespace Ankole.Nfs;

/// <summary>A file or directory as a listing shows it.</summary>
/// <param name="Name">Its last path component.</param>
/// <param name="Length">Bytes; of a directory, whatever the server says.</param>
/// <param name="FileId">The same for all names of one file, and different for different files that exist together.</param>
/// <param name="LastModified">UTC, by the server's clock.</param>
public readonly record struct NfsEntry(string Name, NfsFileType Type, long Length, uint Mode, ulong FileId, DateTimeOffset LastModified)
{
    public bool IsDirectory => Type == NfsFileType.Directory;

    public bool IsRegularFile => Type == NfsFileType.Regular;

    internal static NfsEntry Of(string name, NfsAttributes attributes) => new(
        name, attributes.Type ?? NfsFileType.Unknown, (long)Math.Min(attributes.Size ?? 0, long.MaxValue), attributes.Mode ?? 0,
        attributes.FileId ?? 0, attributes.TimeModify ?? DateTimeOffset.UnixEpoch);
}
