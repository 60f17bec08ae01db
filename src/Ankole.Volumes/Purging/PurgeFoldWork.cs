using System.Buffers;
using Ankole.Core;

namespace Ankole.Volumes;

/// <summary>
/// The work on the files of one fold. After every single step both names show what they showed before, to this process, after a crash, and to
/// Longhorn; running the purge again finishes it.
/// </summary>
internal sealed class PurgeFoldWork(IReplicaFiles files, PurgeFold fold, PurgeAccount account)
{
    /// <summary>One read and one write of this size at a time: enough for a disk, little enough beside live requests.</summary>
    private const int ChunkBytes = 1 << 20;

    private string ParentName => fold.Parent.Name;

    private string ChildName => fold.Child.Name;

    /// <summary>
    /// Copies everything the child stores over the parent. The parent's bytes there are hidden by the child's, so nobody sees it happen.
    /// </summary>
    public void CopyChildIntoParent(CancellationToken cancellationToken)
    {
        using var parent = files.OpenData(ParentName, writable: true);
        using var child = files.OpenData(ChildName, writable: false);
        if (parent.Facts.Identity == child.Facts.Identity)
            return;
        ForgetChecksums();
        if (parent.Length < child.Length)
            parent.SetLength(child.Length);
        var buffer = ArrayPool<byte>.Shared.Rent(ChunkBytes);
        try
        {
            child.VisitStoredRanges(new ByteRange(0, child.Length), stored => Copy(child, parent, stored, buffer, cancellationToken));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
        parent.Flush();
    }

    /// <summary>Frees what the parent stores where the child stores something: afterwards no block is in both.</summary>
    public void PunchHiddenFromParent(CancellationToken cancellationToken)
    {
        using var parent = files.OpenData(ParentName, writable: true);
        using var child = files.OpenData(ChildName, writable: true);
        if (parent.Facts.Identity == child.Facts.Identity)
            return;
        ForgetChecksums();
        child.Flush();
        child.VisitStoredRanges(new ByteRange(0, child.Length), stored =>
        {
            cancellationToken.ThrowIfCancellationRequested();
            parent.Punch(stored);
        });
        // Longhorn refuses to fold a child that is shorter than its parent, which it would meet after a crash behind the exchange.
        var length = Math.Max(parent.Length, child.Length);
        if (parent.Length < length)
            parent.SetLength(length);
        if (child.Length < length)
            child.SetLength(length);
        parent.Flush();
        child.Flush();
    }

    /// <summary>Exchanges the two files' places in the chain, where the file system can; elsewhere the child is copied, large as it is.</summary>
    public void TryExchangeNames()
    {
        if (fold.IsOneFile || !files.TryExchange(ParentName, ChildName))
            return;
        files.FlushNames();
    }

    /// <summary>The parent's file now has everything: the child's name and record go to it.</summary>
    public void GiveParentsFileToChild(Disk child, string grandparent)
    {
        if (files.TryGetFacts(ParentName)!.Value.Identity != files.TryGetFacts(ChildName)!.Value.Identity)
        {
            files.ReplaceByLink(ParentName, ChildName);
            files.FlushNames();
        }
        files.ReplaceRecord(child.MetaName, (child.Record with { Parent = grandparent }).ToBytes());
        files.FlushNames();
    }

    private void Copy(DataFile source, DataFile destination, ByteRange range, byte[] buffer, CancellationToken cancellationToken)
    {
        var blocks = range.BlocksCovering(BlockMap.BlockSize);
        for (var offset = blocks.Offset; offset < blocks.End;)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var part = buffer.AsSpan(0, (int)Math.Min(ChunkBytes, blocks.End - offset));
            source.Read(offset, part);
            destination.Write(offset, part);
            offset += part.Length;
            account.Copied(part.Length);
        }
    }

    /// <summary>A checksum must not outlive the file it was taken of.</summary>
    private void ForgetChecksums()
    {
        files.Remove(fold.Parent.ChecksumName);
        files.Remove(fold.Child.ChecksumName);
        files.FlushNames();
    }
}
