using Ankole.Core;

namespace Ankole.Cli;

/// <summary>A SOURCE or DEST of the command line: a raw file or block device, an NBD export, or a replica directory.</summary>
internal abstract record Endpoint
{
    private const string ReplicaPrefix = "replica:";

    private static readonly string[] NbdSchemes = ["nbd://", "nbds://", "nbd+unix://", "nbds+unix://"];

    public sealed record RawImageEndpoint(string Path) : Endpoint;

    public sealed record NbdEndpoint(string Uri) : Endpoint;

    /// <param name="Snapshot">Null: the head.</param>
    public sealed record ReplicaEndpoint(string Directory, string? Snapshot) : Endpoint;

    /// <exception cref="InvalidInputException">The text names nothing.</exception>
    public static Endpoint Parse(string text)
    {
        if (text.StartsWith(ReplicaPrefix, StringComparison.Ordinal))
            return ParseReplica(text[ReplicaPrefix.Length..]);
        if (NbdSchemes.Any(scheme => text.StartsWith(scheme, StringComparison.Ordinal)))
            return new NbdEndpoint(text);
        if (text.Contains("://", StringComparison.Ordinal))
            throw new InvalidInputException(
                $"'{text}' is no source or destination: use a path, nbd://HOST:PORT/EXPORT, nbd+unix:///EXPORT?socket=PATH, or replica:DIR[@SNAPSHOT].");
        if (text.Length == 0)
            throw new InvalidInputException("a source or destination is empty: name a file, a block device, an nbd:// URI, or replica:DIR[@SNAPSHOT].");
        return new RawImageEndpoint(text);
    }

    /// <summary>The snapshot begins after the last <c>@</c>; a directory whose own name has one is written with a trailing <c>/</c>.</summary>
    private static ReplicaEndpoint ParseReplica(string text)
    {
        var at = text.LastIndexOf('@');
        var hasSnapshot = at > 0 && !text[at..].Contains('/', StringComparison.Ordinal);
        var directory = hasSnapshot ? text[..at] : text;
        if (directory.Length == 0)
            throw new InvalidInputException("'replica:' names no directory: write replica:DIR or replica:DIR@SNAPSHOT.");
        return new ReplicaEndpoint(directory, hasSnapshot ? ObjectName.Check("snapshot", text[(at + 1)..]) : null);
    }
}
