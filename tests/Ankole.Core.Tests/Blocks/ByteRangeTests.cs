namespace Ankole.Core.Tests.Blocks;

public sealed class ByteRangeTests
{
    [Theory]
    [InlineData(0, 10, 5, 10, 5, 5)]
    [InlineData(0, 10, 10, 5, 10, 0)]
    [InlineData(3, 4, 0, 100, 3, 4)]
    public void An_intersection_is_what_both_share(long offset, long length, long otherOffset, long otherLength, long expectedOffset, long expectedLength) =>
        Assert.Equal(new ByteRange(expectedOffset, expectedLength), new ByteRange(offset, length).Intersect(new ByteRange(otherOffset, otherLength)));

    [Fact]
    public void Blocks_inside_round_towards_the_middle() => Assert.Equal(new ByteRange(4096, 4096), new ByteRange(1, 8192).BlocksInside(4096));

    [Fact]
    public void A_range_within_one_block_has_no_block_inside() => Assert.True(new ByteRange(1, 4000).BlocksInside(4096).IsEmpty);

    [Fact]
    public void Blocks_covering_round_outwards() => Assert.Equal(new ByteRange(0, 12288), new ByteRange(1, 8192).BlocksCovering(4096));

    [Fact]
    public void An_end_beyond_what_a_long_holds_is_an_error() => Assert.Throws<OverflowException>(() => new ByteRange(long.MaxValue, 1).End);
}
