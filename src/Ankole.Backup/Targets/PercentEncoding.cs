using System.Text;
using Ankole.Core;

namespace Ankole.Backup;

/// <summary>Percent-encoding as Longhorn's URLs have it: in a query a blank is <c>+</c>, and only letters, digits and <c>- _ . ~</c> stay (section 17).</summary>
internal static class PercentEncoding
{
    private static readonly UTF8Encoding StrictUtf8 = new(false, throwOnInvalidBytes: true);

    public static string EncodeForQuery(string text)
    {
        var encoded = new StringBuilder(text.Length);
        foreach (var b in Encoding.UTF8.GetBytes(text))
        {
            if (char.IsAsciiLetterOrDigit((char)b) || b is (byte)'-' or (byte)'_' or (byte)'.' or (byte)'~')
                encoded.Append((char)b);
            else if (b == ' ')
                encoded.Append('+');
            else
                encoded.Append('%').Append(b.ToString("X2"));
        }
        return encoded.ToString();
    }

    /// <exception cref="InvalidInputException">A <c>%</c> is not followed by two hex digits, or the bytes are no UTF-8 or hold a control character.</exception>
    public static string Decode(string text, bool plusIsBlank)
    {
        if (!text.Contains('%', StringComparison.Ordinal) && !(plusIsBlank && text.Contains('+', StringComparison.Ordinal)))
            return text;
        var source = Encoding.UTF8.GetBytes(text);
        var bytes = new List<byte>(source.Length);
        for (var i = 0; i < source.Length; i++)
        {
            if (source[i] == '%')
            {
                if (i + 2 >= source.Length || !char.IsAsciiHexDigit((char)source[i + 1]) || !char.IsAsciiHexDigit((char)source[i + 2]))
                    throw new InvalidInputException($"'{text}' has a '%' without two hex digits behind it: write %25 for the sign itself.");
                bytes.Add(Convert.FromHexString([(char)source[i + 1], (char)source[i + 2]])[0]);
                i += 2;
            }
            else
            {
                bytes.Add(plusIsBlank && source[i] == '+' ? (byte)' ' : source[i]);
            }
        }
        try
        {
            var decoded = StrictUtf8.GetString([.. bytes]);
            return decoded.Any(char.IsControl)
                ? throw new InvalidInputException($"'{text}' holds an encoded control character: remove it.")
                : decoded;
        }
        catch (DecoderFallbackException e)
        {
            throw new InvalidInputException($"'{text}' does not decode to UTF-8: encode each byte of the UTF-8 form.", e);
        }
    }
}
