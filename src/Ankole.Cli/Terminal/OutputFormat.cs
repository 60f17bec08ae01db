namespace Ankole.Cli;

/// <summary>How results are printed: for a person, or for a program.</summary>
internal enum OutputFormat
{
    Text,

    /// <summary>Text with every column; where there are no columns, text.</summary>
    Wide,

    /// <summary>Only <c>kind/name</c> of resources, one a line; where there are none, text.</summary>
    Name,
    Json,
    Yaml,
}
