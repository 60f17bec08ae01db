using Ankole.Control;

namespace Ankole.Cli;

/// <summary>Every mistake of a resource: one in the same line, several in lines of their own.</summary>
internal static class MistakesText
{
    public static string Of(InvalidResourceException error) => error.Errors is [_, _, ..]
        ? $"{error.Key} is invalid:\n{string.Join('\n', error.Errors.Select(mistake => $"  {mistake.Field}: {mistake.Message}"))}"
        : error.Message;
}
