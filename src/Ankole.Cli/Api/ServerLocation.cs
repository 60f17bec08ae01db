using Ankole.Control;
using Ankole.Core;

namespace Ankole.Cli.Api;

/// <summary>
/// Finds the server and its token: what was named, else the files that a running daemon keeps in its data folder (<c>address</c>, <c>token</c>).
/// The data folder's token goes to this host only: for any other server the token's file must be named.
/// </summary>
internal static class ServerLocation
{
    public const string SystemFolder = "/var/lib/ankole";

    private const string StartHint = "Start it with './run' or 'systemctl start ankoled', or name another server with --server URL.";

    /// <exception cref="AnkoleException">No server is known, or its token cannot be had.</exception>
    public static ApiAccess Find(ServerChoice choice) => Find(choice, DefaultFolders());

    /// <param name="folders">Data folders to look into when none was named, in order.</param>
    public static ApiAccess Find(ServerChoice choice, IReadOnlyList<string> folders)
    {
        var looked = choice.Data is { } named ? [named] : folders;
        var folder = looked.FirstOrDefault(candidate => File.Exists(Path.Combine(candidate, "address"))) ?? looked[0];
        var address = AddressOf(choice.Server ?? ReadAddress(folder, looked));
        // The address that stands beside the token is the one that the daemon itself wrote there.
        var tokenFile = choice.TokenFile ?? (address.IsLoopback || choice.Data is not null || choice.Server is null ? Path.Combine(folder, "token") : null);
        if (tokenFile is null)
            throw new InvalidInputException($"server {address} is on another host: name the file that holds its token with --token-file FILE or ANKOLE_TOKEN_FILE.");
        if (!address.IsLoopback && address.Scheme != Uri.UriSchemeHttps)
            throw new InvalidInputException($"'{address}' would send the token readable for everybody on the way: write https://…, or use an address of this host (127.0.0.1).");
        return new ApiAccess(address)
        {
            Token = ReadToken(tokenFile, isNamed: choice.TokenFile is not null), AuthorityFile = choice.AuthorityFile ?? (address.IsLoopback ? OwnCertificate(choice, folder) : null),
            ReconnectPatience = TimeSpan.FromMinutes(2), StartHint = StartHint,
        };
    }

    /// <summary>The certificate that a daemon makes for itself on loopback; null where another server was named, or none was made.</summary>
    private static string? OwnCertificate(ServerChoice choice, string folder) =>
        choice.Server is null && Path.Combine(folder, "tls.crt") is var file && File.Exists(file) ? file : null;

    private static IReadOnlyList<string> DefaultFolders()
    {
        var own = Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify), "ankole");
        return Environment.IsPrivilegedProcess ? [SystemFolder, own] : [own, SystemFolder];
    }

    private static string ReadAddress(string folder, IReadOnlyList<string> looked)
    {
        try
        {
            return File.ReadAllText(Path.Combine(folder, "address")).Trim();
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new AnkoleException(
                ErrorKind.Unavailable, $"no server is known: there is no file 'address' of a running daemon in {string.Join(" or ", looked)}. {StartHint}", e);
        }
    }

    private static Uri AddressOf(string text)
    {
        var address = text.Contains("://", StringComparison.Ordinal) ? text : "http://" + text;
        return Uri.TryCreate(address, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" && uri.Host.Length > 0 && uri.UserInfo.Length == 0
            ? uri
            : throw new InvalidInputException($"'{text}' is no server address: write http://127.0.0.1:PORT or https://HOST:PORT.");
    }

    /// <summary>Null when no file was named and there is none: the server then says what it wants.</summary>
    private static string? ReadToken(string file, bool isNamed)
    {
        try
        {
            var token = File.ReadAllText(file).Trim();
            return token.Length > 0 && token.All(character => character is > ' ' and < '\x7f')
                ? token
                : throw new InvalidInputException($"'{file}' holds no token: it should be one line of text.");
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return isNamed ? throw new AnkoleException(ErrorKind.NotFound, $"token file '{file}' does not exist.", e) : null;
        }
        catch (UnauthorizedAccessException e)
        {
            throw new AnkoleException(
                ErrorKind.Unavailable, $"token file '{file}' is not readable for you: run the command as the daemon's user (sudo), or name a copy with --token-file FILE.", e);
        }
    }
}
