namespace Ankole.Nfs;

/// <summary>A file that was written whole and committed under a temporary name, and is not yet what it is meant to be.</summary>
internal sealed record TemporaryFile(FileHandle Directory, string Name, FileHandle Handle, ulong FileId);
