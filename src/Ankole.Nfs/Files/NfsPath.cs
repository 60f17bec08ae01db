using System.Text;
using Ankole.Core;

namespace Ankole.Nfs;

/// <summary>A path below the export as its components, checked before the server sees any of them.</summary>
internal readonly struct NfsPath
{
    private const int MaxComponents = 128;
    private const int MaxComponentBytes = 255;

    private readonly string[] names;

    private NfsPath(string text, string[] names) => (Text, this.names) = (text, names);

    public string Text { get; }

    public ReadOnlyMemory<string> Names => names;

    public bool IsRoot => names.Length == 0;

    public string Name => names[^1];

    public ReadOnlyMemory<string> Parent => names.AsMemory(0, names.Length - 1);

    /// <param name="path">Components joined by <c>/</c>; a <c>/</c> at either end, and an empty path for the export itself, are allowed.</param>
    /// <exception cref="InvalidInputException">A component is empty, <c>.</c>, <c>..</c>, too long, or holds a NUL.</exception>
    public static NfsPath Parse(string path)
    {
        var trimmed = path.Trim('/');
        if (trimmed.Length == 0)
            return new NfsPath("", []);
        var names = trimmed.Split('/');
        if (names.Length > MaxComponents)
            throw new InvalidInputException($"the path '{path}' has {names.Length} parts; at most {MaxComponents} are possible.");
        foreach (var name in names)
            if (name is "" or "." or ".." || name.Contains('\0') || Encoding.UTF8.GetByteCount(name) > MaxComponentBytes)
                throw new InvalidInputException(
                    $"the path '{path}' has a part '{name}' that is no name: use 1 to {MaxComponentBytes} bytes, and neither '.' nor '..'.");
        return new NfsPath(trimmed, names);
    }

    /// <summary>A file's path: not the export itself.</summary>
    public static NfsPath ParseFile(string path) => Parse(path) is { IsRoot: false } file
        ? file
        : throw new InvalidInputException("an empty path names the export itself: give the name of a file or directory in it.");

    public override string ToString() => Text;
}
