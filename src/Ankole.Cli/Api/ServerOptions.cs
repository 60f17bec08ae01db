using System.CommandLine;

namespace Ankole.Cli.Api;

/// <summary>How a command that talks to the daemon finds it. The options may stand before the command or behind it.</summary>
internal static class ServerOptions
{
    private static readonly ServerOption[] All =
    [
        new("--server", "URL", "ANKOLE_SERVER", "The server's address (else ANKOLE_SERVER, else what the data folder says)."),
        new("--token-file", "FILE", "ANKOLE_TOKEN_FILE", "The file with the server's token (else ANKOLE_TOKEN_FILE, else the data folder's)."),
        new("--ca-file", "FILE", "ANKOLE_CA_FILE", "A PEM file with the authority that signed the server's certificate (else ANKOLE_CA_FILE)."),
        new("--data", "DIR", "ANKOLE_DATA", "The daemon's data folder on this host (else ANKOLE_DATA, else /var/lib/ankole or ~/.local/share/ankole)."),
    ];

    /// <summary>The command and everything below it takes them.</summary>
    public static Command OnServer(this Command command)
    {
        foreach (var option in All)
            command.Options.Add(option.Behind);
        return command;
    }

    public static void AddToRoot(RootCommand root)
    {
        foreach (var option in All)
            root.Options.Add(option.Before);
    }

    /// <summary>What was given, by option or else by environment.</summary>
    public static ServerChoice Read(ParseResult parse) => new(All[0].Read(parse), All[1].Read(parse), All[2].Read(parse), All[3].Read(parse));

    private sealed class ServerOption(string name, string helpName, string variable, string description)
    {
        public Option<string?> Behind { get; } = new(name) { Description = description, HelpName = helpName, Recursive = true };

        /// <summary>Of the root itself: commands that need no server do not show it.</summary>
        public Option<string?> Before { get; } = new(name) { Description = description, HelpName = helpName };

        public string? Read(ParseResult parse)
        {
            if ((parse.GetValue(Behind) ?? parse.GetValue(Before)) is { Length: > 0 } value)
                return value;
            return Environment.GetEnvironmentVariable(variable) is { Length: > 0 } set ? set : null;
        }
    }
}

/// <summary>What a person said about where the server is; null: nothing.</summary>
internal sealed record ServerChoice(string? Server, string? TokenFile, string? AuthorityFile, string? Data);
