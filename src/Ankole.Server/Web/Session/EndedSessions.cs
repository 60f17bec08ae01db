using System.Globalization;
using System.Text;

namespace Ankole.Server.Web.Session;

/// <summary>
/// Sessions that were ended while their cookies would still be good, in a small file, so that they stay ended when the daemon starts again.
/// <code>
/// one line each:  ID EXPIRES      32 hexadecimal digits, and seconds since 1970: when the cookie is good for nothing anyway
/// </code>
/// The file is replaced as a whole at each sign-out, without what has expired.
/// </summary>
internal sealed class EndedSessions(string file)
{
    /// <summary>The last second that a DateTimeOffset can say.</summary>
    private static readonly long MaxSeconds = DateTimeOffset.MaxValue.ToUnixTimeSeconds();

    /// <returns>None where the file does not exist; a line that is none is left out.</returns>
    /// <exception cref="IOException">The file is there and cannot be read.</exception>
    public IEnumerable<(string Id, DateTimeOffset Expires)> Read() =>
        File.Exists(file) ? File.ReadAllLines(file).Select(Parse).OfType<(string, DateTimeOffset)>() : [];

    /// <exception cref="IOException">It cannot be written: full, read-only.</exception>
    public void Write(IEnumerable<KeyValuePair<string, DateTimeOffset>> ended)
    {
        var text = new StringBuilder();
        foreach (var (id, expires) in ended)
            text.Append(CultureInfo.InvariantCulture, $"{id} {expires.ToUnixTimeSeconds()}\n");
        PrivateFile.Write(file, text.ToString());
    }

    private static (string, DateTimeOffset)? Parse(string line) =>
        line.Split(' ') is [{ Length: 32 } id, var seconds] && long.TryParse(seconds, NumberStyles.None, CultureInfo.InvariantCulture, out var expires) && expires < MaxSeconds
            ? (id, DateTimeOffset.FromUnixTimeSeconds(expires))
            : null;
}
