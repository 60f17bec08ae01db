namespace Ankole.Nbd;

/// <summary>A run of bytes and what a metadata context says of it.</summary>
internal readonly record struct StatusRun(long Length, uint Status);
