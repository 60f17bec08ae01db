namespace Ankole.Core.Tests;

public sealed class ByteSizeTests
{
    [Theory]
    [InlineData("10485760", 10485760)]
    [InlineData("20Mi", 20L << 20)]
    [InlineData("16777216", 16 << 20)]
    [InlineData("1.5Gi", 3L << 29)]
    [InlineData("1k", 1000)]
    [InlineData("0", 0)]
    public void A_size_is_plain_bytes_or_a_quantity(string text, long bytes) => Assert.Equal(bytes, ByteSize.Parse(text));

    [Theory]
    [InlineData("")]
    [InlineData("10GB")]
    [InlineData("-1")]
    [InlineData("0.3Ki")]
    [InlineData("9Ei")]
    [InlineData("1e3")]
    [InlineData("Mi")]
    public void What_is_no_size_is_refused_with_the_forms_that_are(string text)
    {
        var error = Assert.Throws<InvalidInputException>(() => ByteSize.Parse(text));
        Assert.Equal($"'{text}' is not a size. Write plain bytes or a suffix: 10485760, 20Mi, 10Gi.", error.Message);
    }
}
