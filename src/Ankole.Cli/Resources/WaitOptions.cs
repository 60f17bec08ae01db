using System.CommandLine;
using Ankole.Control;
using Ankole.Core;

namespace Ankole.Cli.Resources;

/// <summary><c>--wait</c> and <c>--timeout</c>.</summary>
internal sealed class WaitOptions
{
    private WaitOptions(string description, bool isDefault)
    {
        Wait = new Option<bool>("--wait")
        {
            Description = description + (isDefault ? " (default; '--wait false' returns at once)" : ""), DefaultValueFactory = _ => isDefault,
        };
        Timeout = new Option<string?>("--timeout") { Description = "Wait this long at most, as 30s, 10m, 2h (default: as long as it takes).", HelpName = "DURATION" };
    }

    public Option<bool> Wait { get; }

    public Option<string?> Timeout { get; }

    /// <param name="isDefault">True for what takes a moment: then waiting is what everybody wants.</param>
    public static WaitOptions Create(string description, bool isDefault = false) => new(description, isDefault);

    public bool IsWanted(ParseResult parse) => parse.GetValue(Wait) || parse.GetValue(Timeout) is not null;

    /// <summary>Null: without end.</summary>
    public TimeSpan? Limit(ParseResult parse)
    {
        if (parse.GetValue(Timeout) is not { } text)
            return null;
        return GoDuration.Parse(text) is { Ticks: > 0 } limit ? limit : throw new InvalidInputException($"'--timeout {text}' waits for nothing: give a longer time, as 10m.");
    }
}
