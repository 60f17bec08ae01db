namespace Ankole.Nfs;

/// <summary>Bytes of the file system under the export: what this user may still write, what is free, all of it. Null: the server does not say.</summary>
public readonly record struct NfsSpace(long? Available, long? Free, long? Total);
