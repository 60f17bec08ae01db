namespace Ankole.Volumes;

/// <summary>A removed snapshot and the only disk that stands on it, a snapshot, to become one file under the child's name.</summary>
internal sealed record PurgeFold(Disk Parent, Disk Child)
{
    public bool IsOneFile => Parent.Data!.Value.Identity == Child.Data!.Value.Identity;

    public bool ParentIsLarger => Parent.Data!.Value.AllocatedBytes >= Child.Data!.Value.AllocatedBytes;

    /// <summary>The most bytes it has to copy.</summary>
    public long Cost => IsOneFile ? 0 : Math.Min(Parent.Data!.Value.AllocatedBytes, Child.Data!.Value.AllocatedBytes);
}
