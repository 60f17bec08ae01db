using System.CommandLine;

namespace Ankole.Cli;

/// <summary>Options that every command takes.</summary>
internal static class GlobalOptions
{
    public static readonly Option<OutputFormat> Output = CreateOutput();

    public static readonly Option<bool> Quiet = new("--quiet", "-q")
    {
        Description = "No progress and no notes; errors and results only.",
        Recursive = true,
    };

    private static Option<OutputFormat> CreateOutput()
    {
        var option = new Option<OutputFormat>("--output", "-o")
        {
            Description = "Print results as 'text' for people or 'json' for programs; resources also as 'wide', 'name' or 'yaml'.",
            HelpName = "text|wide|name|json|yaml",
            Recursive = true,
            CustomParser = result => result.Tokens[^1].Value switch
            {
                "text" => OutputFormat.Text,
                "wide" => OutputFormat.Wide,
                "name" => OutputFormat.Name,
                "json" => OutputFormat.Json,
                "yaml" => OutputFormat.Yaml,
                var other => Refuse(result, other),
            },
        };
        option.CompletionSources.Add("text", "wide", "name", "json", "yaml");
        return option;
    }

    private static OutputFormat Refuse(System.CommandLine.Parsing.ArgumentResult result, string value)
    {
        result.AddError($"output format '{value}' is not known: use 'text', 'wide', 'name', 'json' or 'yaml'.");
        return OutputFormat.Text;
    }
}
