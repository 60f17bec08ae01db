using System.Buffers.Text;
using System.Globalization;
using System.Text;
using Ankole.Core;

namespace Ankole.Server;

/// <summary>Where the next page of a list begins, and which state of the store the list shows.</summary>
internal sealed record ContinueToken(long Version, string Namespace, string Name)
{
    /// <exception cref="InvalidInputException">The text is no token of ours.</exception>
    public static ContinueToken Parse(string text)
    {
        try
        {
            var parts = Encoding.UTF8.GetString(Base64Url.DecodeFromChars(text)).Split('\n');
            if (parts is [var version, var @namespace, var name] && long.TryParse(version, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
                return new ContinueToken(number, @namespace, name);
        }
        catch (FormatException)
        {
            // Told below.
        }
        throw new InvalidInputException("the continue token is not one that a list has returned: list again from the beginning, without one.");
    }

    public override string ToString() => Base64Url.EncodeToString(Encoding.UTF8.GetBytes($"{Version}\n{Namespace}\n{Name}"));
}
