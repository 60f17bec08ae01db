namespace Ankole.Control;

public enum SettingType
{
    Text,
    Number,
    Boolean,
}

/// <summary>What is known of one setting.</summary>
/// <param name="Name">Longhorn's name for it.</param>
/// <param name="Category">general, backup, snapshot, scheduling or danger Zone: where a UI shows it.</param>
/// <param name="Description">What it does, with its unit, for people.</param>
public sealed record SettingDefinition(string Name, SettingType Type, string Default, string Category, string Description)
{
    /// <summary>Allowed values; empty: any of the type.</summary>
    public IReadOnlyList<string> Options { get; init; } = [];

    /// <summary>Of an integer.</summary>
    public long Minimum { get; init; }

    /// <summary>Of an integer.</summary>
    public long Maximum { get; init; } = int.MaxValue;

    /// <summary>Null when the value is allowed, otherwise what is wrong and what to write.</summary>
    public string? Check(string value) => Type switch
    {
        SettingType.Boolean when value is not ("true" or "false") => $"'{value}' is neither true nor false.",
        SettingType.Number when !long.TryParse(value, out var number) || number < Minimum || number > Maximum =>
            $"'{value}' is no whole number from {Minimum} to {Maximum}.",
        SettingType.Text when Options.Count > 0 && !Options.Contains(value) => $"'{value}' is not one of {string.Join(", ", Options)}.",
        _ => null,
    };
}
