namespace Ankole.Core.Tests.Names;

public sealed class ObjectNameTests
{
    [Theory]
    [InlineData("vol1")]
    [InlineData("pvc-gzip.data_01")]
    [InlineData("0a")]
    public void A_name_is_letters_digits_and_a_few_marks(string name) => Assert.Equal(name, ObjectName.Check("volume", name));

    [Theory]
    [InlineData("v")]
    [InlineData("")]
    [InlineData("-ab")]
    [InlineData("a/b")]
    [InlineData("a b")]
    [InlineData("ab\n")]
    [InlineData("äb")]
    public void Anything_else_is_refused_by_name(string name) => Assert.Equal(
        $"invalid volume name '{name}': use 2 to 200 letters, digits, '_', '.' or '-', beginning with a letter or digit.",
        Assert.Throws<InvalidInputException>(() => ObjectName.Check("volume", name)).Message);

    [Fact]
    public void A_generated_name_is_a_prefix_and_16_hex_digits() => Assert.Matches("^backup-[0-9a-f]{12}4[0-9a-f]{3}$", ObjectName.Generate("backup-"));
}
