using Ankole.Files;

namespace Ankole.Volumes;

/// <summary>
/// One replica directory: its names, and the files behind them. What is not flushed may be gone, in any combination, after a power loss;
/// tests implement it to try just that.
/// </summary>
internal interface IReplicaFiles
{
    /// <summary>Absolute path of the directory, for messages.</summary>
    string Directory { get; }

    /// <summary>Every name in the directory, in byte order.</summary>
    IReadOnlyList<string> List();

    /// <summary>Null when there is no such name.</summary>
    FileFacts? TryGetFacts(string name);

    /// <summary>The whole content of a record; null when there is no such name.</summary>
    byte[]? TryReadRecord(string name);

    /// <summary>Writes and flushes a temporary file and renames it over the name. The name is durable after <see cref="FlushNames"/>.</summary>
    void ReplaceRecord(string name, ReadOnlySpan<byte> content);

    /// <summary>Creates and flushes a data file that must not exist; all of it reads as zeros.</summary>
    DataFile CreateData(string name, long length);

    DataFile OpenData(string name, bool writable);

    void Link(string existing, string created);

    /// <summary>Makes <paramref name="replaced"/> another name of <paramref name="existing"/>'s file, in one step, whatever it was before.</summary>
    void ReplaceByLink(string existing, string replaced);

    /// <summary>Exchanges two names in one step; false where the file system cannot.</summary>
    bool TryExchange(string first, string second);

    /// <summary>A missing name is no error.</summary>
    void Remove(string name);

    /// <summary>fsync(2) of the directory: every name changed so far survives a power loss.</summary>
    void FlushNames();
}
