using System.Security.Cryptography;
using Ankole.Core;
using Ankole.Files;
using Microsoft.Win32.SafeHandles;

namespace Ankole.Server;

/// <summary>
/// The daemon's data folder, held by one process at a time.
/// <code>
/// resources.db   what is wanted and what is (SQLite)
/// keys/          encrypt the values of Secrets
/// token          for the API
/// tls.crt, .key  the API's own certificate, for this host
/// kubeconfig     for kubectl: the running daemon's address, its certificate and token
/// address        where the running daemon serves it
/// node           this host's name among nodes, kept when the host is renamed
/// instance       tells this folder's daemon from others of the same host
/// ended-sessions browsers that signed out of the web UI while their cookies would still be good
/// space-history  how full the host was, for the web UI
/// replicas/      the volumes
/// lock           held by the running daemon
/// </code>
/// </summary>
public sealed class DataFolder : IDisposable
{
    private readonly SafeFileHandle held;

    private DataFolder(string path, SafeFileHandle held)
    {
        Path = path;
        this.held = held;
    }

    public string Path { get; }

    public string Database => System.IO.Path.Combine(Path, "resources.db");

    public string Keys => System.IO.Path.Combine(Path, "keys");

    public string Token => System.IO.Path.Combine(Path, "token");

    public string Certificate => System.IO.Path.Combine(Path, "tls.crt");

    public string CertificateKey => System.IO.Path.Combine(Path, "tls.key");

    public string Kubeconfig => System.IO.Path.Combine(Path, "kubeconfig");

    public string Address => System.IO.Path.Combine(Path, "address");

    public string EndedSessions => System.IO.Path.Combine(Path, "ended-sessions");

    public string SpaceHistory => System.IO.Path.Combine(Path, "space-history");

    /// <exception cref="AnkoleException">Another process holds it, or it cannot be made.</exception>
    public static DataFolder Open(string path)
    {
        path = System.IO.Path.GetFullPath(path);
        DurableDirectory.Create(path);
        // Beside the volumes there is a disk with room; the system's own may be small, or memory.
        SpillFolder.Choose(path);
        var held = FileNames.OpenOrCreate(System.IO.Path.Combine(path, "lock"));
        if (FileLock.TryExclusive(held, path))
        {
            var folder = new DataFolder(path, held);
            // Left behind by one that was killed: nothing is served there.
            File.Delete(folder.Address);
            return folder;
        }
        held.Dispose();
        throw new AnkoleException(ErrorKind.Busy, $"another ankoled uses '{path}': stop it, or give this one a folder of its own with --data.");
    }

    /// <summary>The name that was given at the first start.</summary>
    /// <param name="wanted">Null: the host's name.</param>
    public async ValueTask<string> NodeNameAsync(string? wanted, CancellationToken cancellationToken)
    {
        var file = System.IO.Path.Combine(Path, "node");
        if (wanted is null && File.Exists(file) && (await File.ReadAllTextAsync(file, cancellationToken)).Trim() is { Length: > 0 } kept)
            return kept;
        var name = wanted ?? FromHost(Environment.MachineName);
        if (!Control.MetadataRules.IsName(name))
            throw new InvalidInputException($"'{name}' is no name for a node: use lower-case letters, digits, '-' and '.'.");
        await DurableFile.ReplaceAsync(file, System.Text.Encoding.UTF8.GetBytes(name + "\n"), cancellationToken);
        return name;
    }

    /// <summary>16 hexadecimal digits, made at the first start and the same ever after.</summary>
    public string InstanceId()
    {
        var file = System.IO.Path.Combine(Path, "instance");
        if (File.Exists(file) && File.ReadAllText(file).Trim() is { Length: 16 } kept && kept.All(char.IsAsciiHexDigitLower))
            return kept;
        var made = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8));
        PrivateFile.Write(file, made + "\n");
        return made;
    }

    /// <summary>Unlocks by name, not by closing alone: a program that this process starts at the same moment holds a copy of the handle until it runs.</summary>
    public void Dispose()
    {
        if (!held.IsClosed)
            FileLock.Release(held, Path);
        held.Dispose();
    }

    private static string FromHost(string host)
    {
        var name = string.Concat(host.ToLowerInvariant().Select(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '.' ? letter : '-')).Trim('-', '.');
        return name.Length > 0 ? name : "node";
    }
}
