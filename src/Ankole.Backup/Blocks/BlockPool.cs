using Ankole.Core;

namespace Ankole.Backup;

/// <summary>A folder of content-addressed blocks: <c>CC/DD/CHECKSUM.blk</c>, CC and DD being the checksum's first two pairs of digits.</summary>
/// <param name="folder">Ends with <c>blocks/</c>.</param>
internal sealed class BlockPool(string folder)
{
    private const string Suffix = ".blk";

    /// <summary>Of a key after the folder: two layers of two digits and a slash, the checksum, the suffix.</summary>
    private const int TailLength = 6 + BlockChecksum.HexLength + 4;

    public string Folder { get; } = folder;

    public string KeyOf(BlockChecksum checksum)
    {
        var hex = checksum.ToString();
        return $"{Folder}{hex.AsSpan(0, 2)}/{hex.AsSpan(2, 2)}/{hex}{Suffix}";
    }

    /// <summary>False for everything that is not exactly where <see cref="KeyOf"/> would put it: such objects are foreign.</summary>
    public bool TryParse(string key, out BlockChecksum checksum)
    {
        checksum = default;
        if (key.Length != Folder.Length + TailLength || !key.StartsWith(Folder, StringComparison.Ordinal))
            return false;
        var tail = key.AsSpan(Folder.Length);
        var hex = tail.Slice(6, BlockChecksum.HexLength);
        return tail.EndsWith(Suffix, StringComparison.Ordinal)
            && tail[2] == '/' && tail[5] == '/' && tail[..2].SequenceEqual(hex[..2]) && tail[3..5].SequenceEqual(hex[2..4])
            && !hex.ContainsAnyInRange('A', 'F')
            && BlockChecksum.TryParse(hex, out checksum);
    }
}
