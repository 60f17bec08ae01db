namespace Ankole.Core;

/// <summary>How far a long operation is.</summary>
/// <param name="Activity">What it is doing now, in one or two words: "reading", "deleting blocks".</param>
/// <param name="BytesDone">Of the operation's own measure (logical bytes for backup and restore).</param>
/// <param name="BytesTotal">0 while unknown.</param>
public readonly record struct OperationProgress(string Activity, long BytesDone, long BytesTotal);
