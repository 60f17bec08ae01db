using System.Text.RegularExpressions;
using Ankole.Core;

namespace Ankole.Cli.Secrets;

/// <summary>Reads secret values from where other users of the host cannot see them: the environment, files, standard input.</summary>
internal static partial class SecretValues
{
    /// <summary>A Kubernetes Secret holds at most 1 MiB.</summary>
    private const int MaxBytes = 1 << 20;

    public static void ReadEnvironment(IEnumerable<string> names, Func<string, string?> variable, Dictionary<string, string> values)
    {
        foreach (var name in names)
            values[Key(name)] = variable(name) is { Length: > 0 } value
                ? value
                : throw new InvalidInputException($"environment variable {name} is not set: export it first, it becomes the secret's key {name}.");
    }

    /// <param name="files">Each KEY=PATH. A line break at a file's end is an editor's, not the value's.</param>
    public static void ReadFiles(IEnumerable<string> files, Dictionary<string, string> values)
    {
        foreach (var file in files)
        {
            var equals = file.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0 || equals == file.Length - 1)
                throw new InvalidInputException($"'--from-file {file}' is not KEY=PATH: write --from-file AWS_CERT=ca.pem.");
            var path = file[(equals + 1)..];
            if (!File.Exists(path))
                throw new AnkoleException(ErrorKind.NotFound, $"file '{path}' does not exist.");
            if (new FileInfo(path).Length > MaxBytes)
                throw new InvalidInputException($"file '{path}' is larger than a secret may be: 1 MiB.");
            values[Key(file[..equals])] = File.ReadAllText(path).TrimEnd('\n', '\r');
        }
    }

    /// <param name="lines">KEY=VALUE each; empty lines and lines that begin with # mean nothing.</param>
    public static async Task ReadLinesAsync(TextReader lines, Dictionary<string, string> values, CancellationToken cancellationToken)
    {
        var number = 0;
        var characters = 0;
        while (await lines.ReadLineAsync(cancellationToken) is { } line)
        {
            number++;
            characters += line.Length;
            if (characters > MaxBytes)
                throw new InvalidInputException("standard input holds more than a secret may be: 1 MiB.");
            if (line.Trim().Length == 0 || line.TrimStart().StartsWith('#'))
                continue;
            var equals = line.IndexOf('=', StringComparison.Ordinal);
            // The line itself may be a secret: it is not shown.
            if (equals <= 0)
                throw new InvalidInputException($"line {number} of standard input is not KEY=VALUE.");
            values[Key(line[..equals].Trim())] = line[(equals + 1)..];
        }
    }

    private static string Key(string key) => KeyText().IsMatch(key)
        ? key
        : throw new InvalidInputException($"'{(key.Length <= 64 ? key : key[..64] + "…")}' is no key of a secret: use letters, digits, '-', '_' or '.', as AWS_ACCESS_KEY_ID.");

    [GeneratedRegex(@"\A[-._a-zA-Z0-9]{1,253}\z")]
    private static partial Regex KeyText();
}
