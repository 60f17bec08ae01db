using System.CommandLine;

namespace Ankole.Cli.Tests.Commands;

public sealed class CommandTreeTests
{
    [Fact]
    public void Every_command_option_and_argument_is_described()
    {
        foreach (var command in All(CommandTree.Create()))
        {
            Assert.False(string.IsNullOrWhiteSpace(command.Description), $"'{command.Name}' is not described");
            Assert.All(command.Options, option => Assert.False(string.IsNullOrWhiteSpace(option.Description), $"'{command.Name} {option.Name}' is not described"));
            Assert.All(command.Arguments, argument => Assert.False(string.IsNullOrWhiteSpace(argument.Description), $"'{command.Name} {argument.Name}' is not described"));
        }
    }

    [Fact]
    public async Task Help_of_every_command_is_printed_without_asking_a_server()
    {
        foreach (var path in Paths(CommandTree.Create(), []))
        {
            var output = new StringWriter();
            var exitCode = await CommandTree.Parse([.. path, "--help"]).InvokeAsync(new InvocationConfiguration { Output = output, Error = output });
            Assert.Equal(0, exitCode);
            Assert.Contains("Usage:", output.ToString(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Help_ends_with_examples()
    {
        var output = new StringWriter();
        await CommandTree.Parse(["job", "create", "--help"]).InvokeAsync(new InvocationConfiguration { Output = output });
        Assert.Contains("Examples:\n  ankole job create nightly --task backup", output.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("volume create data --size 10Gi --attach --wait --timeout 5m")]
    [InlineData("volume attach data --wait false")]
    [InlineData("volume label data a=b c-")]
    [InlineData("snapshot create data")]
    [InlineData("snapshot rm a b --dry-run")]
    [InlineData("backup create data --snapshot s --full -o json")]
    [InlineData("backup restore b copy --standby")]
    [InlineData("target create nas nfs://nas:/x --secret s --poll-interval 5m")]
    [InlineData("target test nas --data /x")]
    [InlineData("--data /x volume ls")]
    [InlineData("volume --server http://127.0.0.1:1 ls --token-file x")]
    [InlineData("job create j --task backup --cron @daily --retain 3 --group default --keep-weekly 4")]
    [InlineData("job assign j data --group")]
    [InlineData("job run j --volume a --volume b --wait --timeout 5m")]
    [InlineData("setting set backup-compression-method gzip")]
    [InlineData("secret create s --from-env A B --from-file C=d")]
    [InlineData("node cordon n")]
    [InlineData("events --for volume/data --watch")]
    [InlineData("get volume/data -o yaml")]
    [InlineData("get backups -l a=b -w")]
    [InlineData("apply -f - -f x --dry-run")]
    public void A_command_line_is_understood(string line) => Assert.Empty(CommandTree.Parse(line.Split(' ')).Errors);

    [Fact]
    public void The_examples_in_the_help_are_command_lines_that_parse()
    {
        foreach (var command in All(CommandTree.Create()))
            foreach (var example in Examples.Of(command))
                Assert.Empty(CommandTree.Parse(CommandPart(example)).Errors);
    }

    /// <summary>Of a shell line the words of the first ankole command in it.</summary>
    private static string CommandPart(string example)
    {
        var begin = example.IndexOf("ankole ", StringComparison.Ordinal) + "ankole ".Length;
        var end = example.IndexOfAny(['|', '<', ')'], begin);
        return (end < 0 ? example[begin..] : example[begin..end]).Replace('\'', '"');
    }

    private static IEnumerable<Command> All(Command command) => command.Subcommands.SelectMany(All).Prepend(command);

    private static IEnumerable<string[]> Paths(Command command, string[] prefix) =>
        command.Subcommands.SelectMany(child => Paths(child, [.. prefix, child.Name]).Prepend([.. prefix, child.Name]));
}
