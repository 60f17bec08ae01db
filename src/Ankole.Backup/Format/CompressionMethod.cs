using Ankole.Core;

namespace Ankole.Backup;

/// <summary>How a block file holds its block (backupstore format, section 6.3).</summary>
public enum CompressionMethod
{
    None,
    Gzip,
    Lz4,
}

/// <summary>The methods' names in records.</summary>
public static class CompressionMethods
{
    /// <summary>What a record without the field means.</summary>
    public const string Default = "gzip";

    public static string NameOf(CompressionMethod method) => method switch
    {
        CompressionMethod.None => "none",
        CompressionMethod.Gzip => "gzip",
        _ => "lz4",
    };

    public static bool TryParse(string name, out CompressionMethod method)
    {
        (var known, method) = name switch
        {
            "none" => (true, CompressionMethod.None),
            "" or "gzip" => (true, CompressionMethod.Gzip),
            "lz4" => (true, CompressionMethod.Lz4),
            _ => (false, default),
        };
        return known;
    }

    /// <exception cref="InvalidInputException">A user named an unknown method.</exception>
    public static CompressionMethod Parse(string name) => name.Length > 0 && TryParse(name, out var method)
        ? method
        : throw new InvalidInputException($"unknown compression '{name}'. Use lz4, gzip or none.");
}
