using Ankole.Cli.Secrets;
using Ankole.Core;

namespace Ankole.Cli.Tests.Secrets;

public sealed class SecretValuesTests
{
    private readonly Dictionary<string, string> values = [];

    [Fact]
    public void Environment_variables_become_keys_of_their_own_names()
    {
        SecretValues.ReadEnvironment(["AWS_ACCESS_KEY_ID"], _ => "id", values);
        Assert.Equal("id", values["AWS_ACCESS_KEY_ID"]);
    }

    [Fact]
    public void A_variable_that_is_not_set_is_told() =>
        Assert.Contains("AWS_CERT is not set", Assert.Throws<InvalidInputException>(() => SecretValues.ReadEnvironment(["AWS_CERT"], _ => null, values)).Message, StringComparison.Ordinal);

    [Fact]
    public void A_files_last_line_break_is_not_part_of_the_value()
    {
        var file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, "first\nsecond\n");
            SecretValues.ReadFiles([$"AWS_CERT={file}"], values);
        }
        finally
        {
            File.Delete(file);
        }
        Assert.Equal("first\nsecond", values["AWS_CERT"]);
    }

    [Fact]
    public async Task Lines_are_keys_and_values_and_a_value_may_hold_anything()
    {
        await SecretValues.ReadLinesAsync(new StringReader("# a comment\n\nAWS_ACCESS_KEY_ID=id\nAWS_SECRET_ACCESS_KEY=a=b #c \n"), values, TestContext.Current.CancellationToken);
        Assert.Equal("id", values["AWS_ACCESS_KEY_ID"]);
        Assert.Equal("a=b #c ", values["AWS_SECRET_ACCESS_KEY"]);
    }

    [Fact]
    public async Task A_line_that_is_wrong_is_named_by_its_number_and_never_shown()
    {
        var error = await Assert.ThrowsAsync<InvalidInputException>(() =>
            SecretValues.ReadLinesAsync(new StringReader("A=b\ntop-secret-without-a-key\n"), values, TestContext.Current.CancellationToken));
        Assert.Equal("line 2 of standard input is not KEY=VALUE.", error.Message);
    }

    [Theory]
    [InlineData("with space=x")]
    [InlineData("a/b=x")]
    public async Task A_key_must_be_one_that_a_secret_can_have(string line) =>
        await Assert.ThrowsAsync<InvalidInputException>(() => SecretValues.ReadLinesAsync(new StringReader(line), values, TestContext.Current.CancellationToken));
}
