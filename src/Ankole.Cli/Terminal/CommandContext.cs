using System.CommandLine;
using Ankole.Core;

namespace Ankole.Cli;

/// <summary>What a command has of its surroundings: where to print, how, and the clock. Results go to standard output, all else to standard error.</summary>
internal sealed class CommandContext(ParseResult parse, TextWriter output, TextWriter error)
{
    public ParseResult Parse { get; } = parse;

    public TextWriter Output { get; } = output;

    public TextWriter Error { get; } = error;

    public OutputFormat Format { get; } = parse.GetValue(GlobalOptions.Output);

    /// <summary>A person reads it, perhaps with more or fewer columns.</summary>
    public bool IsText => Format is OutputFormat.Text or OutputFormat.Wide or OutputFormat.Name;

    public bool IsQuiet { get; } = parse.GetValue(GlobalOptions.Quiet);

    public TimeProvider Time { get; } = TimeProvider.System;

    /// <summary>How long the command may take to end after an interruption. A server of volumes asks for more: it lets requests in flight finish.</summary>
    public TimeSpan EndingTime { get; set; } = CommandRunner.EndingTime;

    /// <summary>Progress on standard error: one live line on a terminal, a plain line now and then elsewhere, nothing with <c>--quiet</c>.</summary>
    public ProgressReport StartProgress(string operation) => new(IsQuiet ? TextWriter.Null : Error, !Console.IsErrorRedirected, operation, Time);

    public void Note(string text)
    {
        if (!IsQuiet)
            Error.WriteLine(text);
    }

    public void Warn(string text) => Error.WriteLine($"ankole: warning: {text}");

    /// <summary>Prints the result in the format that was asked for.</summary>
    public void Print<T>(T result, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type, Action<TextWriter, T> asText)
    {
        if (Format == OutputFormat.Json)
            Output.WriteLine(System.Text.Json.JsonSerializer.Serialize(result, type));
        else if (Format == OutputFormat.Yaml)
            Yaml.YamlText.Write(Output, System.Text.Json.JsonSerializer.SerializeToElement(result, type));
        else
            asText(Output, result);
    }
}
