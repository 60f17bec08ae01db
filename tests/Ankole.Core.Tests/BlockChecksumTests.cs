using System.Text;

namespace Ankole.Core.Tests;

/// <summary>Vectors: Longhorn backupstore format, section 24.</summary>
public sealed class BlockChecksumTests
{
    [Theory]
    [InlineData("vol1", "019ca538081e9df4a4e5928aaad97758d324061362aae1583241f2eb68d6caa7")]
    [InlineData("BACKINGIMAGE", "22fc313e8672e7fb849d1405fbcde2e5e399d376d6e1dea2c8673b702ef8e24b")]
    public void A_name_has_the_checksum_of_its_UTF8_bytes(string text, string expected) =>
        Assert.Equal(expected, BlockChecksum.OfText(text).ToString());

    [Theory]
    [InlineData(2 << 20, "731859029215873fdac1c9f2f8bd25a334abf0f3a9e1b057cf2cacc2826d86b0")]
    [InlineData(16 << 20, "7e208b53e5c541b23906ef8ed8f5e12e4f1b470fbd0d3e907b1fc0c0b8d78eb1")]
    public void A_block_of_zeros_has_a_known_checksum(int length, string expected) =>
        Assert.Equal(expected, BlockChecksum.Of(new byte[length]).ToString());

    [Fact]
    public void A_checksum_survives_its_text_form()
    {
        var checksum = BlockChecksum.Of(Encoding.UTF8.GetBytes("x"));
        Assert.True(BlockChecksum.TryParse(checksum.ToString(), out var parsed));
        Assert.Equal(checksum, parsed);
    }

    [Theory]
    [InlineData("")]
    [InlineData("73185902")]
    [InlineData("zz1859029215873fdac1c9f2f8bd25a334abf0f3a9e1b057cf2cacc2826d86b0")]
    public void What_is_not_64_hex_digits_is_no_checksum(string text) => Assert.False(BlockChecksum.TryParse(text, out _));
}
