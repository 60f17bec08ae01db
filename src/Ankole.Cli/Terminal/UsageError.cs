using System.CommandLine;
using Ankole.Core;

namespace Ankole.Cli;

/// <summary>A command line that cannot be understood: each mistake in one line, where to read on, exit code 2.</summary>
internal static class UsageError
{
    public static int Report(ParseResult parse, TextWriter error)
    {
        foreach (var mistake in parse.Errors)
            error.WriteLine($"ankole: {mistake.Message}");
        error.WriteLine($"Try '{CommandPath(parse)} --help'.");
        return (int)ErrorKind.InvalidInput;
    }

    private static string CommandPath(ParseResult parse)
    {
        var names = new List<string>();
        for (System.CommandLine.Parsing.SymbolResult? at = parse.CommandResult; at is System.CommandLine.Parsing.CommandResult command; at = at.Parent)
            names.Insert(0, command.Command is RootCommand ? "ankole" : command.Command.Name);
        return string.Join(' ', names);
    }
}
