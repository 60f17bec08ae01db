using Ankole.Control;
using Ankole.Server.Web.Snapshots;

namespace Ankole.Web.Tests.Snapshots;

/// <summary>Where the snapshots of a volume are drawn.</summary>
public sealed class SnapshotTreeTests
{
    private static readonly DateTimeOffset Day = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public void A_chain_is_one_lane_from_the_head_to_the_oldest()
    {
        var rows = SnapshotTree.Lay([Snapshot("a", 1, "", "b"), Snapshot("b", 2, "a", "volume-head")]);
        Assert.Equal(["volume-head", "b", "a"], rows.Select(row => row.Name));
        Assert.All(rows, row => Assert.Equal(0, row.Lane));
        Assert.Equal([false, true, true], rows.Select(row => row.HasChild));
        Assert.Equal([true, true, false], rows.Select(row => row.HasParent));
    }

    [Fact]
    public void What_a_revert_left_behind_has_its_own_lane_and_joins_where_it_began()
    {
        var rows = SnapshotTree.Lay([Snapshot("a", 1, "", "left", "c"), Snapshot("left", 2, "a"), Snapshot("c", 3, "a", "volume-head")]);
        Assert.Equal(["volume-head", "c", "left", "a"], rows.Select(row => row.Name));
        Assert.Equal([0, 0, 1, 0], rows.Select(row => row.Lane));
        Assert.Equal([0], rows[2].Passing);
        Assert.Equal([1], rows[3].Joining);
        Assert.True(rows[3].HasChild);
    }

    [Fact]
    public void Right_after_a_revert_the_head_is_drawn_on_what_it_was_reverted_to()
    {
        var rows = SnapshotTree.Lay([Snapshot("a", 1, "", "b", "volume-head"), Snapshot("b", 2, "a")]);
        Assert.Equal(["volume-head", "b", "a"], rows.Select(row => row.Name));
        Assert.Equal([0, 1, 0], rows.Select(row => row.Lane));
        Assert.Equal([1], rows[2].Joining);
    }

    [Fact]
    public void A_volume_without_snapshots_is_its_head() => Assert.Equal(["volume-head"], SnapshotTree.Lay([]).Select(row => row.Name));

    [Fact]
    public void A_snapshot_whose_parent_is_not_shown_begins_a_line()
    {
        var rows = SnapshotTree.Lay([Snapshot("b", 2, "hidden", "volume-head")]);
        Assert.False(rows[1].HasParent);
    }

    private static SnapshotResource Snapshot(string name, int day, string parent, params string[] children) => new()
    {
        Metadata = new ObjectMeta { Name = name },
        Status = new SnapshotStatus { Parent = parent, Children = children, CreationTime = Day.AddDays(day) },
    };
}
