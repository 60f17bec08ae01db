using Ankole.Core;

namespace Ankole.Cli;

/// <summary>Labels as they are written on the command line.</summary>
internal static class LabelOption
{
    /// <returns>Null when there are none.</returns>
    /// <exception cref="InvalidInputException">One is not KEY=VALUE.</exception>
    public static Dictionary<string, string>? Parse(string[] labels)
    {
        if (labels.Length == 0)
            return null;
        var parsed = new Dictionary<string, string>();
        foreach (var label in labels)
        {
            var equals = label.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0 || equals == label.Length - 1)
                throw new InvalidInputException($"label '{label}' is not KEY=VALUE: write --label why=nightly.");
            parsed[label[..equals]] = label[(equals + 1)..];
        }
        return parsed;
    }
}
