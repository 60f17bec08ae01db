using System.Globalization;

namespace Ankole.Server;

/// <summary>JSON Pointer (RFC 6901): the way from a document's root to a value in it.</summary>
internal sealed record JsonPointer(IReadOnlyList<string> Tokens, string Text)
{
    /// <exception cref="ApiException">The text is no pointer.</exception>
    public static JsonPointer Parse(string text)
    {
        if (text.Length == 0)
            return new JsonPointer([], text);
        if (text[0] != '/')
            throw ApiException.BadRequest($"'{text}' is no JSON pointer: it begins with '/'.");
        return new JsonPointer([.. text[1..].Split('/').Select(token => token.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal))], text);
    }

    /// <summary>The index that a token names in an array of that many elements; null when it names none.</summary>
    public static int? IndexOf(string token, int count) =>
        int.TryParse(token, NumberStyles.None, CultureInfo.InvariantCulture, out var index) && index < count && (token.Length == 1 || token[0] != '0') ? index : null;

    public bool IsWithin(JsonPointer other) => Tokens.Count > other.Tokens.Count && other.Tokens.SequenceEqual(Tokens.Take(other.Tokens.Count));
}
